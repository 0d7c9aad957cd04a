with

source as (

    select * from {{ source('raw_hubspot', 'contacts') }}

),

run_context as (

    select expand_short_ids from {{ ref('stg_reference__run_context') }}

),

renamed as (

    select
        -- ids
        id as contact_id,
        associatedcompanyid as company_id,
        hubspot_owner_id as owner_id,
        hs_object_source_id as creation_source_id,
        hs_object_source_user_id as creation_user_id,
        hs_created_by_user_id as created_by_user_id,
        {{ salesforce_id('salesforceleadid') }} as salesforce_lead_id,
        {{ salesforce_id('salesforcecontactid') }} as salesforce_contact_id,

        -- texts
        lower(trim(email)) as email,
        firstname as first_name,
        lastname as last_name,
        jobtitle as title,
        company,
        website,
        country,
        lifecyclestage as lifecycle_stage,
        hs_lead_status as lead_status,
        nullif(concat_ws(';', hs_additional_emails, identity_profiles), '') as additional_emails,
        hs_merged_object_ids as merged_ids,
        hs_object_source as creation_source,
        hs_object_source_detail_1 as creation_detail,
        hs_analytics_source as original_source,
        first_conversion_event_name as first_conversion_name,
        recent_conversion_event_name as recent_conversion_name,
        companies as company_ids,
        propertiesWithHistory as property_history,
        properties_versions as property_versions,
        stage_dates,

        -- booleans
        _deleted_at is not null or coalesce(_deleted_by_loader, false) as is_deleted,

        -- dates and times
        createdate as created_at,
        LastModifiedDate as last_modified_at,
        first_conversion_date as first_conversion_at,
        recent_conversion_date as recent_conversion_at,
        hs_lifecyclestage_subscriber_date as became_subscriber_at,
        hs_lifecyclestage_lead_date as became_lead_at,
        hs_lifecyclestage_marketingqualifiedlead_date as became_marketingqualifiedlead_at,
        hs_lifecyclestage_salesqualifiedlead_date as became_salesqualifiedlead_at,
        hs_lifecyclestage_opportunity_date as became_opportunity_at,
        hs_lifecyclestage_customer_date as became_customer_at,

        -- lineage
        'hubspot' as source_system,
        _file as source_file
    from source
    cross join run_context

)

select * from renamed
