with

web_hits as (

    select * from {{ ref('int_touchpoints__web_hits') }}

),

sessions as (

    select
        session_hits.session_key,
        min(web_hits.occurred_at) as started_at,
        max(web_hits.occurred_at) as last_view_at,
        count(*) as page_views,
        bool_or(web_hits.is_bot) as is_bot
    from {{ ref('int_touchpoints__session_hits') }} as session_hits
    inner join web_hits
        on session_hits.hit_key = web_hits.hit_key
    where web_hits.hit_type = 'page_view'
    group by session_hits.session_key

)

select
    sessions.session_key,
    first_views.source_system,
    first_views.hit_id as session_id,
    first_views.source_object,
    first_views.visitor_id_type,
    first_views.visitor_id,
    sessions.started_at,
    sessions.last_view_at,
    sessions.page_views,
    first_views.channel,
    first_views.source,
    first_views.medium,
    first_views.campaign,
    first_views.utm_id,
    first_views.referrer_domain,
    first_views.is_direct,
    sessions.is_bot,
    first_views.source_file
from sessions
inner join web_hits as first_views
    on sessions.session_key = first_views.hit_key
