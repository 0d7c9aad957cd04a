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

),

-- A person is one record in HubSpot, a contact from the first form on: the lead that it was is the same record.
hubspot as (

    select
        source_system,
        lead_key as lead_id,
        email,
        contact_name as lead_name,
        company,
        title,
        website,
        country,
        original_source as lead_source,
        status,
        owner_key as owner_id,
        creator_key as created_by_id,
        {{ creation_moment('created_at', run_setting('as_of')) }} as created_at,
        converted_opportunity_key is not null as is_converted,
        {{ company_date('converted_at') }} as converted_date,
        converted_account_key as converted_account_id,
        contact_key as converted_contact_id,
        converted_opportunity_key as converted_opportunity_id,
        lead_survivor_key as master_record_id,
        is_deleted,
        last_modified_at,
        source_file
    from {{ ref('int_hubspot__contacts') }}

),

-- Marketo's leads, of which the sync's copies of a CRM's record are deleted: they are no leads of their own.
marketo as (

    select
        source_system,
        lead_key as lead_id,
        email,
        lead_name,
        company,
        title,
        website,
        country,
        lead_source,
        status,
        cast(null as {{ dbt.type_string() }}) as owner_id,
        creator_key as created_by_id,
        {{ creation_moment('created_at', run_setting('as_of')) }} as created_at,
        false as is_converted,
        cast(null as date) as converted_date,
        cast(null as {{ dbt.type_string() }}) as converted_account_id,
        cast(null as {{ dbt.type_string() }}) as converted_contact_id,
        cast(null as {{ dbt.type_string() }}) as converted_opportunity_id,
        survivor_key as master_record_id,
        is_deleted,
        last_modified_at,
        source_file
    from {{ ref('int_marketo__leads') }}

),

unioned as (

    select * from salesforce
    union all
    select * from hubspot
    union all
    select * from marketo

)

select * from unioned
