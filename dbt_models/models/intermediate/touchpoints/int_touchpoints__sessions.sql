with

session_hits as (

    select
        session_hits.source_system,
        session_hits.session_id,
        session_hits.occurred_at,
        web_hits.is_bot
    from {{ ref('int_touchpoints__session_hits') }} as session_hits
    inner join {{ ref('int_touchpoints__web_hits') }} as web_hits
        on
            session_hits.source_system = web_hits.source_system
            and session_hits.hit_type = web_hits.hit_type
            and session_hits.hit_id = web_hits.hit_id
    where session_hits.hit_type = 'page_view'

),

sessions as (

    select
        source_system,
        session_id,
        min(occurred_at) as started_at,
        max(occurred_at) as last_view_at,
        count(*) as page_views,
        max(case when is_bot then 1 else 0 end) = 1 as is_bot
    from session_hits
    group by source_system, session_id

)

select
    sessions.source_system,
    sessions.session_id,
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
    first_views.referrer_domain,
    first_views.is_direct,
    sessions.is_bot,
    first_views.source_file
from sessions
inner join {{ ref('int_touchpoints__web_hits') }} as first_views
    on
        sessions.source_system = first_views.source_system
        and sessions.session_id = first_views.hit_id
        and first_views.hit_type = 'page_view'
