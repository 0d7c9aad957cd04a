with

run_context as (

    select as_of from {{ ref('stg_reference__run_context') }}

),

tasks as (

    select
        source_system,
        'Task' as source_object,
        task_id as activity_id,
        case
            when 'call' in (lower(task_subtype), lower(task_type)) then 'call'
            when 'email' in (lower(task_subtype), lower(task_type)) then 'email'
            else 'task'
        end as activity_type,
        subject,
        who_id,
        what_id,
        owner_id,
        created_by_id,
        coalesce(is_closed, false) or lower(coalesce(status, '')) = 'completed' as is_completed,
        coalesce(completed_at, {{ from_company_time('activity_date') }}, created_at) as occurred_at,
        created_at,
        is_deleted,
        source_file
    from {{ ref('stg_salesforce__task') }}

),

-- A calendar entry has no status: it has taken place once its start has passed.
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
        coalesce(started_at, activity_at, {{ from_company_time('activity_date') }}, created_at) as occurred_at,
        created_at,
        is_deleted,
        source_file
    from {{ ref('stg_salesforce__event') }}

),

unioned as (

    select * from tasks

    union all

    select
        events.source_system,
        events.source_object,
        events.activity_id,
        events.activity_type,
        events.subject,
        events.who_id,
        events.what_id,
        events.owner_id,
        events.created_by_id,
        coalesce(events.occurred_at <= run_context.as_of, false) as is_completed,
        events.occurred_at,
        events.created_at,
        events.is_deleted,
        events.source_file
    from events
    cross join run_context

)

select * from unioned
