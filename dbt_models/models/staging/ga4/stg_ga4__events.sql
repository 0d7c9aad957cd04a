with

source as (

    select * from {{ source('raw_ga4', 'events') }}

),

run_context as (

    select expand_short_ids from {{ ref('stg_reference__run_context') }}

),

consents as (

    {{ with_consent('ga4', 'analytics_storage') }}

),

renamed as (

    select
        -- ids
        md5(
            concat_ws(
                '|',
                coalesce(event_date, ''),
                coalesce(cast(event_timestamp as {{ dbt.type_string() }}), ''),
                coalesce(event_name, ''),
                coalesce(stream_id, ''),
                coalesce(user_pseudo_id, ''),
                coalesce(ga_session_id, ''),
                coalesce(cast(batch_page_id as {{ dbt.type_string() }}), ''),
                coalesce(cast(batch_ordering_id as {{ dbt.type_string() }}), ''),
                coalesce(cast(batch_event_index as {{ dbt.type_string() }}), ''),
                coalesce(event_params_digest, '')
            )
        ) as event_id,
        {{ if_consented('user_pseudo_id') }} as anonymous_id,
        {{ if_consented(web_user_id('user_id')) }} as user_id,
        -- A session's number is unique within its browser only.
        {{ if_consented("user_pseudo_id || '.' || ga_session_id") }} as browser_session_id,

        -- texts
        event_name,
        platform,
        {{ if_consented('user_properties') }} as user_properties,
        page_location as url,
        page_referrer as referrer,
        page_title,
        analytics_storage as consent_value,
        told_consent as consent,
        {{ stated_source('coalesce(collected_source, param_source)') }} as collected_source,
        {{ stated_source('coalesce(collected_medium, param_medium)') }} as collected_medium,
        {{ stated_source('coalesce(collected_campaign, param_campaign)') }} as collected_campaign,
        {{ stated_source('collected_campaign_id') }} as collected_campaign_id,
        collected_term,
        collected_content,
        coalesce(collected_gclid, param_gclid) as google_click_id,
        {{ stated_source('last_click_source') }} as manual_source,
        {{ stated_source('last_click_medium') }} as manual_medium,
        {{ stated_source('last_click_campaign') }} as manual_campaign,
        {{ stated_source('last_click_campaign_id') }} as manual_campaign_id,
        {{ stated_source('google_ads_campaign') }} as google_ads_campaign,
        {{ stated_source('google_ads_campaign_id') }} as google_ads_campaign_id,
        {{ stated_source('cross_channel_source') }} as cross_channel_source,
        {{ stated_source('cross_channel_medium') }} as cross_channel_medium,
        {{ stated_source('cross_channel_campaign') }} as cross_channel_campaign,

        -- booleans
        session_engaged as is_engaged_session,
        _deleted_at is not null or coalesce(_deleted_by_loader, false) as is_deleted,

        -- dates and times
        {{ microseconds_to_timestamp('event_timestamp') }} as occurred_at,
        event_date,

        -- lineage
        'ga4' as source_system,
        _file as source_file
    from consents
    cross join run_context

)

select * from renamed
