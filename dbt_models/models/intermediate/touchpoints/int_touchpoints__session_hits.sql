with

run_context as (

    select session_timeout_minutes from {{ ref('stg_reference__run_context') }}

),

-- A hit without consent is nobody's, so that it belongs to no session and is no touch.
consented_hits as (

    select * from {{ ref('int_touchpoints__web_hits') }}
    where is_without_consent is not true

),

-- Visitors and referrals as numbers: the windows below carry and compare them instead of texts.
visitors as (

    select
        source_system,
        visitor_id_type,
        visitor_id,
        row_number() over (order by source_system, visitor_id_type, visitor_id) as visitor_key
    from consented_hits
    group by source_system, visitor_id_type, visitor_id

),

-- A direct hit has no referral.
web_hits as (

    select
        *,
        case
            when not is_direct
                then coalesce(source, '') || '|' || coalesce(medium, '') || '|' || coalesce(lower(campaign), utm_id, '')
        end as referral
    from consented_hits

),

referrals as (

    select
        referral,
        row_number() over (order by referral) as referral_key
    from web_hits
    where referral is not null
    group by referral

),

hits as (

    select
        web_hits.hit_key,
        web_hits.hit_id,
        web_hits.hit_type = 'page_view' as is_view,
        web_hits.is_direct,
        web_hits.occurred_at,
        visitors.visitor_key,
        case when web_hits.hit_type = 'page_view' then referrals.referral_key end as referral_key,
        run_context.session_timeout_minutes
    from web_hits
    inner join visitors
        on
            web_hits.source_system = visitors.source_system
            and web_hits.visitor_id_type = visitors.visitor_id_type
            and web_hits.visitor_id = visitors.visitor_id
    left join referrals
        on web_hits.referral = referrals.referral
    cross join run_context

),

-- At one timestamp a view comes before the events, and a referred view before a direct one.
ordered as (

    select
        hit_key,
        visitor_key,
        is_view,
        occurred_at,
        referral_key,
        session_timeout_minutes,
        row_number() over visitor_hits as place,
        {{ last_known('case when is_view then occurred_at end') }} over (
            partition by visitor_key
            order by occurred_at, not is_view, is_direct, hit_id
            rows between unbounded preceding and 1 preceding
        ) as previous_view_at
    from hits
    window visitor_hits as (partition by visitor_key order by occurred_at, not is_view, is_direct, hit_id)

),

-- A pause longer than the timeout since the last view ends a session. A pause of exactly the timeout ends nothing.
paused as (

    select
        *,
        coalesce(
            occurred_at > {{ dbt.dateadd('minute', 'session_timeout_minutes', 'previous_view_at') }}, true
        ) as is_after_pause
    from ordered

),

-- The last referral before a view, and whether a pause lies between the two.
compared as (

    select
        *,
        {{ last_known('referral_key') }} over earlier_hits as previous_referral_key,
        {{ last_known('case when referral_key is not null then place end') }} over earlier_hits
            as previous_referral_place,
        {{ last_known('case when is_view and is_after_pause then place end') }} over (
            partition by visitor_key
            order by place
            rows between unbounded preceding and current row
        ) as pause_place
    from paused
    window earlier_hits as (
        partition by visitor_key
        order by place
        rows between unbounded preceding and 1 preceding
    )

),

-- Between two pauses, a referral that isn't the session's starts a session too. A direct view has no referral, so it
-- neither ends a session nor hides the referral before it.
starts as (

    select
        hit_key,
        visitor_key,
        place,
        is_view,
        is_after_pause,
        case
            when not is_view then null
            when is_after_pause then hit_key
            when referral_key is null then null
            when previous_referral_place >= pause_place and referral_key = previous_referral_key then null
            else hit_key
        end as starts_session_key
    from compared

),

running as (

    select
        hit_key,
        is_view,
        is_after_pause,
        {{ last_known('starts_session_key') }} over (
            partition by visitor_key
            order by place
            rows between unbounded preceding and current row
        ) as session_key
    from starts

)

-- Tracked events belong to the session that is running: the one of the visitor's last view before them, unless the
-- timeout has passed since.
select
    hit_key,
    case when is_view or not is_after_pause then session_key end as session_key
from running
