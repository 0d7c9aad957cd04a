with

run_context as (

    select session_timeout_minutes from {{ ref('stg_reference__run_context') }}

),

-- A visitor and a place in the visitor's time as numbers: the windows below sort by them instead of by texts.
visitors as (

    select
        source_system,
        visitor_id_type,
        visitor_id,
        row_number() over (order by source_system, visitor_id_type, visitor_id) as visitor_key
    from {{ ref('int_touchpoints__web_hits') }}
    group by source_system, visitor_id_type, visitor_id

),

-- At one moment a view comes before the events, and a referred view before a direct one.
hits as (

    select
        visitors.visitor_key,
        row_number() over (
            partition by visitors.visitor_key
            order by
                web_hits.occurred_at,
                case when web_hits.hit_type = 'page_view' then 0 else 1 end,
                web_hits.is_direct,
                web_hits.hit_id
        ) as place,
        web_hits.source_system,
        web_hits.source_object,
        web_hits.hit_id,
        web_hits.hit_type,
        web_hits.occurred_at,
        case
            when not web_hits.is_direct
                then
                    coalesce(web_hits.source, '')
                    || '|' || coalesce(web_hits.medium, '')
                    || '|' || coalesce(lower(web_hits.campaign), '')
        end as referral,
        run_context.session_timeout_minutes
    from {{ ref('int_touchpoints__web_hits') }} as web_hits
    inner join visitors
        on
            web_hits.source_system = visitors.source_system
            and web_hits.visitor_id_type = visitors.visitor_id_type
            and web_hits.visitor_id = visitors.visitor_id
    cross join run_context

),

-- Step one: blocks of views without a pause longer than the timeout. A pause of exactly the timeout ends nothing.
views as (

    select
        *,
        lag(occurred_at) over (
            partition by visitor_key
            order by place
        ) as previous_view_at
    from hits
    where hit_type = 'page_view'

),

blocks as (

    select
        *,
        sum(
            case
                when
                    occurred_at
                    <= {{ dbt.dateadd('minute', 'session_timeout_minutes', 'previous_view_at') }}
                    then 0
                else 1
            end
        ) over (
            partition by visitor_key
            order by place
            rows between unbounded preceding and current row
        ) as block_number
    from views

),

-- Step two: within a block, a referral that isn't the session's starts a session. A direct view has no referral, so it
-- neither ends a session nor hides the referral before it.
compared as (

    select
        *,
        row_number() over (
            partition by visitor_key, block_number
            order by place
        ) as view_in_block,
        last_value(referral ignore nulls) over (
            partition by visitor_key, block_number
            order by place
            rows between unbounded preceding and 1 preceding
        ) as session_referral
    from blocks

),

starts as (

    select
        *,
        case
            when view_in_block = 1 then hit_id
            when referral != coalesce(session_referral, '') then hit_id
        end as starts_session_id
    from compared

),

-- Tracked events belong to the session that is running: the one of the visitor's last view before them, unless the
-- timeout has passed since.
all_hits as (

    select
        visitor_key,
        place,
        source_system,
        source_object,
        hit_id,
        hit_type,
        occurred_at,
        starts_session_id,
        occurred_at as viewed_at,
        session_timeout_minutes
    from starts

    union all

    select
        visitor_key,
        place,
        source_system,
        source_object,
        hit_id,
        hit_type,
        occurred_at,
        null as starts_session_id,
        null as viewed_at,
        session_timeout_minutes
    from hits
    where hit_type != 'page_view'

),

carried as (

    select
        *,
        last_value(starts_session_id ignore nulls) over (
            partition by visitor_key
            order by place
            rows between unbounded preceding and current row
        ) as running_session_id,
        last_value(viewed_at ignore nulls) over (
            partition by visitor_key
            order by place
            rows between unbounded preceding and current row
        ) as last_viewed_at
    from all_hits

)

select
    source_system,
    source_object,
    hit_id,
    hit_type,
    occurred_at,
    case
        when occurred_at <= {{ dbt.dateadd('minute', 'session_timeout_minutes', 'last_viewed_at') }}
            then running_session_id
    end as session_id
from carried
