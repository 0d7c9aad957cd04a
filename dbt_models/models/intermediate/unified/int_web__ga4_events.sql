with

events as (

    select * from {{ ref('stg_ga4__events') }}
    where not is_deleted

),

-- What GA4 works out for a session stands on all of its events. It says where the session came from, so that it is the
-- first event's of each name; on a later one it would contradict that event's own address.
first_events as (

    select
        browser_session_id,
        event_name,
        min(occurred_at) as occurred_at
    from events
    where
        coalesce(google_ads_campaign, google_ads_campaign_id, manual_source, cross_channel_source) is not null
        and browser_session_id is not null
    group by browser_session_id, event_name

),

judged as (

    select
        events.*,
        events.collected_source is not null and events.collected_medium is not null as is_collected_whole,
        {{ matches_pattern("coalesce(lower(events.url), '')", '[?&;#]utm_(source|medium)=[^&;#]') }}
            as is_tagged_address,
        case
            when first_events.browser_session_id is null then null
            when coalesce(events.google_ads_campaign, events.google_ads_campaign_id) is not null then 'google_ads'
            when events.manual_source is not null and events.manual_medium is not null then 'manual'
            when events.cross_channel_source is not null and events.cross_channel_medium is not null
                then 'cross_channel'
        end as last_click
    from events
    left join first_events
        on
            events.browser_session_id = first_events.browser_session_id
            and events.event_name = first_events.event_name
            and events.occurred_at = first_events.occurred_at

),

-- A whole pair of source and medium before half of one: links that open in apps overwrite the tags of an address with a
-- source and no medium.
ranked as (

    select
        *,
        case
            when is_collected_whole then 'collected'
            when is_tagged_address then 'address'
            when google_click_id is not null then 'click'
            when last_click is not null then last_click
            else 'collected'
        end as told_by
    from judged

)

select
    source_system,
    'events' as source_object,
    event_id,
    anonymous_id,
    user_id,
    browser_session_id,
    event_name,
    occurred_at,
    url,
    referrer,
    case told_by
        when 'collected' then collected_source
        when 'click' then 'google'
        when 'google_ads' then 'google'
        when 'manual' then manual_source
        when 'cross_channel' then cross_channel_source
    end as utm_source,
    case told_by
        when 'collected' then collected_medium
        when 'click' then 'cpc'
        when 'google_ads' then 'cpc'
        when 'manual' then manual_medium
        when 'cross_channel' then cross_channel_medium
    end as utm_medium,
    case told_by
        when 'collected' then collected_campaign
        when 'click' then coalesce(collected_campaign, google_ads_campaign)
        when 'google_ads' then google_ads_campaign
        when 'manual' then manual_campaign
        when 'cross_channel' then cross_channel_campaign
    end as utm_campaign,
    case told_by
        when 'collected' then collected_campaign_id
        when 'click' then coalesce(collected_campaign_id, google_ads_campaign_id)
        when 'google_ads' then google_ads_campaign_id
        when 'manual' then manual_campaign_id
    end as utm_id,
    case told_by when 'collected' then collected_term end as utm_term,
    case told_by when 'collected' then collected_content end as utm_content,
    consent,
    source_file
from ranked
