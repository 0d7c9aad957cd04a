with

evidence as (

    select * from {{ ref('int_identity__creation_evidence') }}

),

-- What the nights before saw: a state holds until the next one.
states as (

    select
        states.identifier_type,
        states.record_id,
        states.email,
        case
            when
                row_number() over (
                    partition by states.identifier_type, states.record_id
                    order by states.run_number asc
                ) = 1
                then evidence.created_at
            else states.established_as_of
        end as held_from,
        lead(states.established_as_of) over (
            partition by states.identifier_type, states.record_id
            order by states.run_number asc
        ) as held_until,
        states.run_number as seen_from_run,
        lead(states.run_number) over (
            partition by states.identifier_type, states.record_id
            order by states.run_number asc
        ) as seen_until_run
    from {{ ref('int_identity__record_states') }} as states
    inner join evidence
        on
            states.identifier_type = evidence.identifier_type
            and states.record_id = evidence.record_id
    where states.established_as_of <= {{ run_setting('as_of') }}
    qualify
        states.first_run_number = min(states.first_run_number) over (
            partition by states.identifier_type, states.record_id
        )

),

changes as (

    select
        source_system,
        source_system || '_lead' as identifier_type,
        lead_id as record_id,
        history_id,
        nullif(lower(trim(old_value)), '') as old_email,
        nullif(lower(trim(new_value)), '') as new_email,
        changed_at
    from {{ ref('int_crm__lead_history') }}
    where field = 'email'

),

tracked as (

    select
        changes.identifier_type,
        changes.record_id,
        changes.old_email as email,
        coalesce(
            lag(changes.changed_at) over (
                partition by changes.identifier_type, changes.record_id
                order by changes.changed_at asc, changes.history_id asc
            ),
            evidence.created_at
        ) as held_from,
        changes.changed_at as held_until
    from changes
    inner join evidence
        on
            changes.identifier_type = evidence.identifier_type
            and changes.record_id = evidence.record_id

    union all

    select
        changes.identifier_type,
        changes.record_id,
        changes.new_email as email,
        changes.changed_at as held_from,
        lead(changes.changed_at) over (
            partition by changes.identifier_type, changes.record_id
            order by changes.changed_at asc, changes.history_id asc
        ) as held_until
    from changes
    inner join evidence
        on
            changes.identifier_type = evidence.identifier_type
            and changes.record_id = evidence.record_id

),

-- Addresses that the record has beside its own: as good as that one.
additional as (

    select
        additional_emails.identifier_type,
        additional_emails.record_id,
        additional_emails.email,
        evidence.created_at as held_from
    from {{ ref('int_crm__additional_emails') }} as additional_emails
    inner join evidence
        on
            additional_emails.identifier_type = evidence.identifier_type
            and additional_emails.record_id = evidence.record_id

),

unioned as (

    select
        identifier_type,
        record_id,
        email,
        held_from,
        held_until,
        seen_from_run,
        seen_until_run,
        false as is_tracked,
        false as is_additional
    from states

    union all

    select
        identifier_type,
        record_id,
        email,
        held_from,
        cast(null as timestamp) as held_until,
        cast(null as bigint) as seen_from_run,
        cast(null as bigint) as seen_until_run,
        false as is_tracked,
        true as is_additional
    from additional

    union all

    select
        identifier_type,
        record_id,
        email,
        held_from,
        held_until,
        cast(null as bigint) as seen_from_run,
        cast(null as bigint) as seen_until_run,
        true as is_tracked,
        false as is_additional
    from tracked

),

-- The CRM's own history dates a change to the second; without it the night that saw the change does.
held as (

    select
        identifier_type,
        record_id,
        email,
        coalesce(min(case when is_tracked then held_from end), min(held_from)) as held_from,
        coalesce(max(case when is_tracked then held_until end), max(held_until)) as held_until,
        min(seen_from_run) as seen_from_run,
        max(seen_until_run) as seen_until_run,
        max(case when is_additional then 1 else 0 end) = 1 as is_additional
    from unioned
    where email is not null
    group by identifier_type, record_id, email

)

select
    evidence.source_system,
    held.identifier_type,
    held.record_id,
    held.email,
    held.is_additional or (held.email is not distinct from evidence.email) as is_current,
    held.held_from,
    case when not held.is_additional and (held.email is distinct from evidence.email) then held.held_until end
        as held_until,
    held.seen_from_run,
    case when not held.is_additional and (held.email is distinct from evidence.email) then held.seen_until_run end
        as seen_until_run
from held
inner join evidence
    on
        held.identifier_type = evidence.identifier_type
        and held.record_id = evidence.record_id
