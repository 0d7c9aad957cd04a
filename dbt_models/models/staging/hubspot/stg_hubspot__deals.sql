with

source as (

    select * from {{ source('raw_hubspot', 'deals') }}

),

run_context as (

    select expand_short_ids from {{ ref('stg_reference__run_context') }}

),

renamed as (

    select
        -- ids
        id as deal_id,
        pipeline as pipeline_id,
        dealstage as stage_id,
        hubspot_owner_id as owner_id,
        hs_campaign as campaign_id,
        hs_object_source_id as creation_source_id,
        hs_object_source_user_id as creation_user_id,
        hs_created_by_user_id as created_by_user_id,
        {{ salesforce_id('hs_salesforceopportunityid') }} as salesforce_opportunity_id,

        -- texts
        dealname as deal_name,
        deal_currency_code as currency,
        dealtype as deal_type,
        hs_analytics_source as original_source,
        hs_object_source as creation_source,
        hs_object_source_detail_1 as creation_detail,
        hs_merged_object_ids as merged_ids,
        contacts as contact_ids,
        companies as company_ids,
        propertiesWithHistory as property_history,
        properties_versions as property_versions,
        stage_dates,

        -- numbers
        amount,
        amount_in_home_currency as home_amount,
        hs_exchange_rate as exchange_rate,
        hs_deal_stage_probability as probability,

        -- booleans
        hs_is_closed as is_closed,
        hs_is_closed_won as is_closed_won,
        _deleted_at is not null or coalesce(_deleted_by_loader, false) as is_deleted,

        -- dates and times
        closedate as closed_at,
        createdate as created_at,
        LastModifiedDate as last_modified_at,

        -- lineage
        'hubspot' as source_system,
        _file as source_file
    from source
    cross join run_context

)

select * from renamed
