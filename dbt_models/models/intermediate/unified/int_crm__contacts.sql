with

salesforce as (

    select
        source_system,
        {{ record_key('salesforce', 'contact', 'contact_id') }} as contact_id,
        {{ record_key('salesforce', 'account', 'account_id') }} as account_id,
        email,
        coalesce(
            contact_name, nullif(trim(coalesce(first_name, '') || ' ' || coalesce(last_name, '')), '')
        ) as contact_name,
        title,
        lead_source,
        {{ record_key('salesforce', 'user', 'owner_id') }} as owner_id,
        {{ record_key('salesforce', 'user', 'created_by_id') }} as created_by_id,
        {{ creation_moment('created_at', run_setting('as_of')) }} as created_at,
        {{ record_key('salesforce', 'contact', 'master_record_id') }} as master_record_id,
        is_deleted,
        source_file
    from {{ ref('stg_salesforce__contact') }}

),

hubspot as (

    select
        source_system,
        contact_key as contact_id,
        account_key as account_id,
        email,
        contact_name,
        title,
        original_source as lead_source,
        owner_key as owner_id,
        creator_key as created_by_id,
        {{ creation_moment('created_at', run_setting('as_of')) }} as created_at,
        contact_survivor_key as master_record_id,
        is_deleted,
        source_file
    from {{ ref('int_hubspot__contacts') }}

),

unioned as (

    select * from salesforce
    union all
    select * from hubspot

)

select * from unioned
