with

salesforce as (

    select
        source_system,
        contact_role_id,
        {{ record_key('salesforce', 'opportunity', 'opportunity_id') }} as opportunity_id,
        {{ record_key('salesforce', 'contact', 'contact_id') }} as contact_id,
        role,
        coalesce(is_primary, false) as is_primary,
        created_at,
        is_deleted
    from {{ ref('stg_salesforce__opportunity_contact_role') }}

),

hubspot as (

    select
        deals.source_system,
        deals.opportunity_key || ':' || associations.to_id as contact_role_id,
        deals.opportunity_key as opportunity_id,
        {{ record_key('hubspot', 'contact', 'associations.to_id') }} as contact_id,
        associations.role,
        coalesce(deals.contact_key = {{ record_key('hubspot', 'contact', 'associations.to_id') }}, false) as is_primary,
        cast(null as timestamp) as created_at,
        false as is_deleted
    from {{ ref('int_hubspot__associations') }} as associations
    inner join {{ ref('int_hubspot__deals') }} as deals
        on associations.from_id = deals.deal_id
    where
        associations.from_type = 'deal'
        and associations.to_type = 'contact'
        and not deals.is_synced

),

unioned as (

    select * from salesforce
    union all
    select * from hubspot

)

select * from unioned
