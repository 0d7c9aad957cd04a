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

)

select * from salesforce
