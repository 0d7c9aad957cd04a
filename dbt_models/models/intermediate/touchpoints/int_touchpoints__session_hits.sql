with

run_context as (

    select session_timeout_minutes from {{ ref('stg_reference__run_context') }}

),

hits as (

    select
        hits.*,
        run_context.session_timeout_minutes
    from {{ ref('int_touchpoints__web_hits') }} as hits
    cross join run_context

),

-- Step one: blocks of views without a pause longer than the timeout. A pause of exactly the timeout ends nothing.
views as (

    select
        *,
        lag(occurred_at) over (
            partition by source_system, visitor_id_type, visitor_id
            order by occurred_at, is_direct, hit_id
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
            partition by source_system, visitor_id_type, visitor_id
            order by occurred_at, is_direct, hit_id
            rows between unbounded preceding and current row
        ) as block_number,
        case
            when not is_direct
                then coalesce(source, '') || '|' || coalesce(medium, '') || '|' || coalesce(lower(campaign), '')
        end as referral
    from views

),

-- Step two: within a block, a referral that isn't the session's starts a session. A direct view has no referral, so it
-- neither ends a session nor hides the referral before it. At one moment a referred view comes before a direct one.
compared as (

    select
        *,
        row_number() over (
            partition by source_system, visitor_id_type, visitor_id, block_number
            order by occurred_at, is_direct, hit_id
        ) as view_in_block,
        last_value(referral ignore nulls) over (
            partition by source_system, visitor_id_type, visitor_id, block_number
            order by occurred_at, is_direct, hit_id
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
        source_system,
        source_object,
        hit_id,
        hit_type,
        visitor_id_type,
        visitor_id,
        occurred_at,
        is_direct,
        starts_session_id,
        occurred_at as viewed_at,
        0 as sort_within_moment,
        session_timeout_minutes
    from starts

    union all

    select
        source_system,
        source_object,
        hit_id,
        hit_type,
        visitor_id_type,
        visitor_id,
        occurred_at,
        is_direct,
        null as starts_session_id,
        null as viewed_at,
        1 as sort_within_moment,
        session_timeout_minutes
    from hits
    where hit_type != 'page_view'

),

carried as (

    select
        *,
        last_value(starts_session_id ignore nulls) over (
            partition by source_system, visitor_id_type, visitor_id
            order by occurred_at, sort_within_moment, is_direct, hit_id
            rows between unbounded preceding and current row
        ) as running_session_id,
        last_value(viewed_at ignore nulls) over (
            partition by source_system, visitor_id_type, visitor_id
            order by occurred_at, sort_within_moment, is_direct, hit_id
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
