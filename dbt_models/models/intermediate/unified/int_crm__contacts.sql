with

salesforce as (

    select
        source_system,
        contact_id,
        account_id,
        email,
        coalesce(
            contact_name, nullif(trim(coalesce(first_name, '') || ' ' || coalesce(last_name, '')), '')
        ) as contact_name,
        title,
        lead_source,
        owner_id,
        created_by_id,
        {{ plausible_moment('created_at', run_setting('as_of')) }} as created_at,
        master_record_id,
        is_deleted,
        source_file
    from {{ ref('stg_salesforce__contact') }}

)

select * from salesforce
