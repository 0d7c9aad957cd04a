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

)

select * from salesforce
