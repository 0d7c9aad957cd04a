with

salesforce as (

    select
        source_system,
        account_id,
        account_name,
        website,
        industry,
        account_type,
        number_of_employees,
        country,
        parent_id,
        owner_id,
        created_by_id,
        {{ plausible_moment('created_at', run_setting('as_of')) }} as created_at,
        master_record_id,
        is_deleted
    from {{ ref('stg_salesforce__account') }}

)

select * from salesforce
