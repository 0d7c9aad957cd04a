with

run_context as (

    select as_of from {{ ref('stg_reference__run_context') }}

),

-- The CRM stamps the timestamp at which a task is closed. A task without the stamp happened on its day.
tasks as (

    select
        source_system,
        'Task' as source_object,
        task_id as activity_id,
        case
            when 'call' in (lower(task_subtype), lower(task_type)) then 'call'
            when 'email' in (lower(task_subtype), lower(task_type)) then 'email'
            when lower(task_subtype) = 'listemail' then 'email'
            else 'task'
        end as activity_type,
        subject,
        who_id,
        what_id,
        owner_id,
        created_by_id,
        last_modified_by_id,
        {{ activity_direction('subject', 'task_type', 'call_type') }} as direction,
        {{ is_sent_by_plan('subject', 'task_subtype') }} as is_sent_by_plan,
        call_seconds,
        false as is_child,
        is_recurrence as is_series_master,
        recurrence_activity_id as series_id,
        coalesce(is_closed, false) or lower(coalesce(status, '')) = 'completed' as is_completed,
        completed_at,
        case when {{ has_time('completed_at') }} then completed_at end as happened_at,
        coalesce(cast(completed_at as date), activity_date) as happened_on,
        created_at,
        is_deleted,
        source_file
    from {{ ref('stg_salesforce__task') }}

),

-- An all-day meeting starts at midnight UTC, which stands for its day. A meeting that lasts from midnight to another
-- hour starts at that timestamp, such as nine in the morning in Tokyo.
event_starts as (

    select
        *,
        coalesce(started_at, activity_at) as start_at,
        coalesce(
            is_all_day,
            not {{ has_time('coalesce(started_at, activity_at)') }} and not coalesce({{ has_time('ended_at') }}, false)
        ) as is_dated
    from {{ ref('stg_salesforce__event') }}

),

events as (

    select
        source_system,
        'Event' as source_object,
        event_id as activity_id,
        'meeting' as activity_type,
        subject,
        who_id,
        what_id,
        owner_id,
        created_by_id,
        cast(null as {{ dbt.type_string() }}) as last_modified_by_id,
        cast(null as {{ dbt.type_string() }}) as direction,
        false as is_sent_by_plan,
        cast(null as bigint) as call_seconds,
        is_child,
        is_recurrence or coalesce(group_event_type in ('3', '3.0'), false) as is_series_master,
        coalesce(recurrence_activity_id, recurrence2_id) as series_id,
        cast(null as boolean) as is_completed,
        cast(null as timestamp) as completed_at,
        case when not is_dated then start_at end as happened_at,
        coalesce(cast(start_at as date), activity_date) as happened_on,
        created_at,
        is_deleted,
        source_file
    from event_starts

),

hubspot as (

    select
        source_system,
        'engagements' as source_object,
        activity_key as activity_id,
        activity_type,
        subject,
        contact_key as who_id,
        subject_key as what_id,
        owner_key as owner_id,
        creator_key as created_by_id,
        modifier_key as last_modified_by_id,
        coalesce(direction, {{ activity_direction('subject', 'null', 'null') }}) as direction,
        is_sent_by_plan,
        call_seconds,
        false as is_child,
        false as is_series_master,
        cast(null as {{ dbt.type_string() }}) as series_id,
        is_completed,
        case when is_completed then happened_at end as completed_at,
        happened_at,
        cast(happened_at as date) as happened_on,
        created_at,
        is_deleted,
        source_file
    from {{ ref('int_hubspot__engagements') }}

),

unioned as (

    select * from tasks

    union all

    select * from hubspot

    union all

    select * from events

),

-- Where only the day is known, the record's own creation tells the timestamp if it falls on that day: it was logged
-- then. Else the day's start stands for it, and what compares it with timestamps goes by the day.
dated as (

    select
        unioned.*,
        case
            when unioned.happened_at is null and unioned.happened_on is not null
                then {{ from_company_time('unioned.happened_on') }}
        end as day_start,
        case
            when unioned.happened_at is null and unioned.happened_on is not null
                then {{ company_day_end('unioned.happened_on') }}
        end as day_end
    from unioned

),

timed as (

    select
        *,
        case
            when day_start is null then 'timestamp'
            when created_at between day_start and day_end then 'logged'
            else 'date'
        end as occurred_at_precision
    from dated

)

-- A calendar entry has no status: it has taken place once its start has passed.
select
    timed.source_system,
    timed.source_object,
    timed.activity_id,
    timed.activity_type,
    timed.subject,
    timed.who_id,
    timed.what_id,
    timed.owner_id,
    timed.created_by_id,
    timed.last_modified_by_id,
    timed.direction,
    timed.is_sent_by_plan,
    timed.call_seconds,
    timed.is_child,
    timed.is_series_master,
    timed.series_id,
    coalesce(
        timed.is_completed,
        coalesce(timed.happened_at, timed.day_start, timed.created_at) <= run_context.as_of,
        false
    ) as is_completed,
    timed.completed_at,
    case
        when timed.occurred_at_precision = 'logged' then timed.created_at
        else coalesce(timed.happened_at, timed.day_start, timed.created_at)
    end as occurred_at,
    timed.occurred_at_precision,
    coalesce(timed.day_start, timed.happened_at, timed.created_at) as occurred_from,
    coalesce(timed.day_end, timed.happened_at, timed.created_at) as occurred_until,
    timed.created_at,
    timed.is_deleted,
    timed.source_file
from timed
cross join run_context
