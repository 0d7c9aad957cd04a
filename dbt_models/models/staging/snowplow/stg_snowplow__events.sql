with

source as (

    select * from {{ source('raw_snowplow', 'events') }}

),

run_context as (

    select expand_short_ids from {{ ref('stg_reference__run_context') }}

),

consents as (

    {{ with_consent('snowplow') }}

),

renamed as (

    select
        -- ids
        event_id,
        {{ if_consented('domain_userid') }} as anonymous_id,
        {{ if_consented(web_user_id('user_id')) }} as user_id,
        {{ if_consented('domain_sessionid') }} as browser_session_id,
        {{ if_consented('refr_domain_userid') }} as referring_anonymous_id,

        -- texts
        app_id,
        platform,
        event as event_type,
        -- An event of the older kind is named by its category and action.
        case when event = 'struct' then concat_ws('_', se_category, se_action) else event_name end as event_name,
        page_url as url,
        page_referrer as referrer,
        page_title,
        mkt_source as utm_source,
        mkt_medium as utm_medium,
        mkt_campaign as utm_campaign,
        mkt_term as utm_term,
        mkt_content as utm_content,
        useragent as user_agent,
        {{ if_consented('user_ipaddress') }} as ip_address,
        throughline_consent as consent_value,
        told_consent as consent,

        -- booleans
        lower(refr_medium) = 'internal' as is_inner_referrer,
        coalesce(is_robot, false)
        or coalesce(lower(agent_class) in ('robot', 'robot mobile', 'hacker', 'spy'), false) as is_bot,
        _deleted_at is not null or coalesce(_deleted_by_loader, false) as is_deleted,

        -- dates and times
        coalesce(derived_tstamp, dvce_created_tstamp, collector_tstamp) as occurred_at,
        collector_tstamp as received_at,

        -- lineage
        'snowplow' as source_system,
        _file as source_file
    from consents
    cross join run_context

)

select * from renamed
