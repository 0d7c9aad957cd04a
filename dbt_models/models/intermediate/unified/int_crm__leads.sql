with

salesforce as (

    select
        source_system,
        lead_id,
        email,
        coalesce(
            lead_name, nullif(trim(coalesce(first_name, '') || ' ' || coalesce(last_name, '')), '')
        ) as lead_name,
        company,
        title,
        website,
        country,
        lead_source,
        status,
        owner_id,
        created_by_id,
        {{ plausible_moment('created_at', run_setting('as_of')) }} as created_at,
        coalesce(is_converted, false) as is_converted,
        converted_date,
        converted_account_id,
        converted_contact_id,
        converted_opportunity_id,
        master_record_id,
        is_deleted,
        last_modified_at,
        source_file
    from {{ ref('stg_salesforce__lead') }}

)

select * from salesforce
