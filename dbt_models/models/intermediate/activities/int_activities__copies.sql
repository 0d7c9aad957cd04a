with

activities as (

    select
        *,
        {{ bare_subject('subject') }} as subject_key
    from {{ ref('int_crm__activities') }}

),

-- A series has a record of its own beside those of its occurrences, which name it, or share its series or its subject.
series_masters as (

    select
        source_system,
        activity_id,
        activity_id as series_key
    from activities
    where is_series_master

    union

    select
        source_system,
        activity_id,
        series_id as series_key
    from activities
    where is_series_master and series_id is not null

),

linked_masters as (

    select
        series_masters.source_system,
        series_masters.activity_id
    from series_masters
    inner join activities as occurrences
        on
            series_masters.source_system = occurrences.source_system
            and series_masters.series_key = occurrences.series_id
    where not occurrences.is_series_master

    union

    select
        masters.source_system,
        masters.activity_id
    from activities as masters
    inner join activities as occurrences
        on
            masters.source_system = occurrences.source_system
            and masters.source_object = occurrences.source_object
            and masters.who_id = occurrences.who_id
            and masters.subject_key = occurrences.subject_key
            and masters.occurred_from <= occurrences.occurred_from
    where masters.is_series_master and not occurrences.is_series_master

),

-- What happened with a person in one minute under one subject is one act. Of calls and mails of which only the day is
-- known, two may be two, unless they were logged at one timestamp.
personal as (

    select
        activities.source_system,
        activities.source_object,
        activities.activity_id,
        activities.activity_type,
        activities.subject_key,
        activities.owner_id,
        activities.is_child,
        activities.is_completed,
        activities.created_at,
        coalesce(contacts.person_id, leads.person_id, activities.who_id) as person_key,
        coalesce(activities.direction, '') = 'inbound' as is_inbound,
        activities.occurred_at_precision = 'timestamp' as is_moment,
        case
            when activities.occurred_at_precision = 'timestamp'
                then {{ dbt.date_trunc('minute', 'activities.occurred_at') }}
            else activities.occurred_from
        end as slot,
        case
            when activities.occurred_at_precision <> 'timestamp' and activities.activity_type <> 'meeting'
                then activities.created_at
        end as logged_at,
        coalesce(activities.created_by_id = activities.owner_id, false) as is_by_owner
    from activities
    left join {{ ref('int_identity__person_identifiers') }} as contacts
        on
            activities.who_id = contacts.identifier
            and activities.source_system || '_contact' = contacts.identifier_type
    left join {{ ref('int_identity__person_identifiers') }} as leads
        on
            activities.who_id = leads.identifier
            and activities.source_system || '_lead' = leads.identifier_type
    left join linked_masters
        on
            activities.source_system = linked_masters.source_system
            and activities.activity_id = linked_masters.activity_id
    where
        activities.who_id is not null
        and not activities.is_deleted
        and activities.activity_type <> 'task'
        and linked_masters.activity_id is null

),

-- An invitee's copy belongs to the meeting of that start, whatever the invitee renamed it to. Of meetings of which only
-- the day is known, one owner's first is another owner's first.
grouped as (

    select
        *,
        case
            when is_child
                then coalesce(
                    min(case when not is_child then subject_key end) over (
                        partition by source_system, activity_type, person_key, is_moment, slot
                    ),
                    ''
                )
            else subject_key
        end as act_subject,
        case
            when not is_moment and activity_type = 'meeting'
                then dense_rank() over (
                    partition by source_system, activity_type, person_key, is_moment, slot, subject_key, owner_id
                    order by created_at asc
                )
            else 1
        end as act_of_owner
    from personal

),

ranked as (

    select
        *,
        first_value(activity_id) over act as kept_activity_id
    from grouped
    window act as (
        partition by
            source_system,
            activity_type,
            person_key,
            is_inbound,
            is_moment,
            slot,
            logged_at,
            act_subject,
            act_of_owner
        order by
            is_completed desc,
            is_child asc,
            is_by_owner desc,
            created_at asc nulls last,
            activity_id asc
        rows between unbounded preceding and unbounded following
    )

)

select
    source_system,
    source_object,
    activity_id,
    kept_activity_id as copy_of_activity_id,
    case when is_child then 'child_event' else 'same_act' end as reason
from ranked
where activity_id <> kept_activity_id

union all

select
    activities.source_system,
    activities.source_object,
    activities.activity_id,
    cast(null as {{ dbt.type_string() }}) as copy_of_activity_id,
    'series_master' as reason
from activities
inner join linked_masters
    on
        activities.source_system = linked_masters.source_system
        and activities.activity_id = linked_masters.activity_id
