with

salesforce as (

    select
        source_system,
        {{ record_key('salesforce', 'account', 'account_id') }} as account_id,
        account_name,
        website,
        industry,
        account_type,
        number_of_employees,
        country,
        {{ record_key('salesforce', 'account', 'parent_id') }} as parent_id,
        {{ record_key('salesforce', 'user', 'owner_id') }} as owner_id,
        {{ record_key('salesforce', 'user', 'created_by_id') }} as created_by_id,
        {{ creation_moment('created_at', run_setting('as_of')) }} as created_at,
        {{ record_key('salesforce', 'account', 'master_record_id') }} as master_record_id,
        is_deleted
    from {{ ref('stg_salesforce__account') }}

),

hubspot as (

    select
        companies.source_system,
        {{ record_key('hubspot', 'account', 'companies.company_id') }} as account_id,
        companies.company_name as account_name,
        coalesce(companies.domain, companies.website) as website,
        companies.industry,
        companies.company_type as account_type,
        companies.number_of_employees,
        companies.country,
        {{ record_key('hubspot', 'account', 'companies.parent_id') }} as parent_id,
        coalesce(owners.user_key, {{ record_key('hubspot', 'owner', 'companies.owner_id') }}) as owner_id,
        creations.created_by_id,
        {{ creation_moment('companies.created_at', run_setting('as_of')) }} as created_at,
        {{ record_key('hubspot', 'account', 'merged.survivor_id') }} as master_record_id,
        companies.is_deleted
    from {{ ref('stg_hubspot__companies') }} as companies
    left join {{ ref('int_hubspot__merged_ids') }} as merged
        on
            companies.company_id = merged.record_id
            and merged.record_type = 'company'
    left join {{ ref('int_hubspot__owners') }} as owners
        on lower(trim(companies.owner_id)) = owners.owner_given
    left join {{ ref('int_hubspot__creations') }} as creations
        on
            companies.company_id = creations.record_id
            and creations.record_type = 'company'

),

unioned as (

    select * from salesforce
    union all
    select * from hubspot

)

select * from unioned
