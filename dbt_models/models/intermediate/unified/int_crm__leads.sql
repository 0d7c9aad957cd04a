with

salesforce as (

    select
        source_system,
        {{ record_key('salesforce', 'lead', 'lead_id') }} as lead_id,
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
        {{ record_key('salesforce', 'user', 'owner_id') }} as owner_id,
        {{ record_key('salesforce', 'user', 'created_by_id') }} as created_by_id,
        {{ creation_moment('created_at', run_setting('as_of')) }} as created_at,
        coalesce(is_converted, false) as is_converted,
        converted_date,
        {{ record_key('salesforce', 'account', 'converted_account_id') }} as converted_account_id,
        {{ record_key('salesforce', 'contact', 'converted_contact_id') }} as converted_contact_id,
        {{ record_key('salesforce', 'opportunity', 'converted_opportunity_id') }} as converted_opportunity_id,
        {{ record_key('salesforce', 'lead', 'master_record_id') }} as master_record_id,
        is_deleted,
        last_modified_at,
        source_file
    from {{ ref('stg_salesforce__lead') }}

)

select * from salesforce
