with

segment as (

    select
        source_system,
        page_view_id,
        anonymous_id,
        user_id,
        {{ has_wrong_clock('viewed_at', 'received_at') }} as is_received_time,
        {{ tracked_at('viewed_at', 'received_at') }} as viewed_at,
        url,
        referrer,
        utm_source,
        utm_medium,
        utm_campaign,
        utm_id,
        utm_term,
        utm_content,
        user_agent,
        source_file
    from {{ ref('stg_segment__pages') }}
    where not is_deleted

)

select * from segment
