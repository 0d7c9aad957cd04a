with

segment as (

    select
        source_system,
        event_id,
        anonymous_id,
        user_id,
        event_name,
        {{ has_wrong_clock('occurred_at', 'received_at') }} as is_received_time,
        {{ tracked_at('occurred_at', 'received_at') }} as occurred_at,
        coalesce(page_url, url) as url,
        referrer,
        utm_source,
        utm_medium,
        utm_campaign,
        utm_id,
        user_agent,
        source_file
    from {{ ref('stg_segment__tracks') }}
    where not is_deleted

)

select * from segment
