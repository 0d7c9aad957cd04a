with

run_context as (

    select as_of from {{ ref('stg_reference__run_context') }}

),

person_identifiers as (

    select * from {{ ref('int_identity__person_identifiers') }}

),

sellers as (

    select
        source_system,
        user_id,
        team
    from {{ ref('int_identity__user_teams') }}
    where team in ('sales', 'partner')

),

user_emails as (

    select * from {{ ref('int_identity__user_emails') }}

),

-- The owner's own act: the prospect's calls and mails are none, nor is what a program sends by its plan. A record that
-- someone else made, such as an integration, a form or marketing's tool, is the owner's act only where it shows the
-- owner's hand: a meeting that took place, a call that lasted, a task that sales closed later than it was made.
activities as (

    select
        activities.source_system,
        activities.source_object,
        activities.activity_id,
        activities.activity_type,
        activities.who_id,
        coalesce(activities.owner_id, activities.created_by_id) as user_id,
        activities.occurred_at as acted_at,
        activities.occurred_at_precision as acted_at_precision,
        activities.occurred_from as acted_from,
        activities.occurred_until as acted_until
    from {{ ref('int_crm__activities') }} as activities
    left join {{ ref('int_activities__copies') }} as copies
        on
            activities.source_system = copies.source_system
            and activities.activity_id = copies.activity_id
    left join sellers as creators
        on
            activities.source_system = creators.source_system
            and activities.created_by_id = creators.user_id
    left join sellers as closers
        on
            activities.source_system = closers.source_system
            and activities.last_modified_by_id = closers.user_id
    where
        activities.is_completed
        and not activities.is_deleted
        and copies.activity_id is null
        and activities.activity_type in ('call', 'meeting', 'email')
        and activities.who_id is not null
        and coalesce(activities.direction, 'outbound') = 'outbound'
        and not (activities.activity_type = 'email' and activities.is_sent_by_plan)
        and (
            activities.activity_type = 'meeting'
            or activities.created_by_id is null
            or activities.owner_id is null
            or activities.created_by_id = activities.owner_id
            or creators.user_id is not null
            or (activities.activity_type = 'call' and activities.call_seconds > 0)
            or (
                closers.user_id is not null
                and activities.completed_at > {{ dbt.dateadd('minute', 1, 'activities.created_at') }}
            )
        )

),

worked as (

    select
        person_identifiers.person_id,
        activities.acted_at,
        activities.acted_at_precision,
        activities.acted_from,
        activities.acted_until,
        activities.activity_type as action_type,
        activities.source_system,
        activities.user_id,
        activities.source_object,
        activities.activity_id as source_record_id
    from activities
    inner join person_identifiers
        on
            activities.who_id = person_identifiers.identifier
            and person_identifiers.identifier_type
            in (activities.source_system || '_lead', activities.source_system || '_contact')

    union all

    select
        person_identifiers.person_id,
        shares.shared_at as acted_at,
        shares.shared_at_precision as acted_at_precision,
        shares.shared_at as acted_from,
        shares.shared_until as acted_until,
        'share' as action_type,
        user_emails.source_system,
        user_emails.user_id,
        'shares' as source_object,
        shares.share_id as source_record_id
    from {{ ref('int_content__shares') }} as shares
    inner join user_emails
        on shares.user_email = user_emails.email
    inner join person_identifiers
        on
            person_identifiers.identifier_type = 'email'
            and shares.contact_email = person_identifiers.identifier
    where not user_emails.is_ambiguous

),

-- A status set by a seller is an action as well; so is opening the opportunity. An opportunity that inherits its
-- originator was not opened with that person.
decided as (

    select
        person_id,
        entered_at as acted_at,
        'timestamp' as acted_at_precision,
        entered_at as acted_from,
        entered_at as acted_until,
        case when stage in ('sal', 'sql') then 'accepted' else 'refused' end as action_type,
        source_system,
        actor_user_id as user_id,
        'LeadHistory' as source_object,
        lead_id || '|' || entry_rank as source_record_id
    from {{ ref('int_lifecycle__lead_stage_entries') }}
    where stage in ('sal', 'sql', 'rejected', 'disqualified', 'recycled')

    union all

    select
        entries.person_id,
        entries.entered_at as acted_at,
        'timestamp' as acted_at_precision,
        entries.entered_at as acted_from,
        entries.entered_at as acted_until,
        'accepted' as action_type,
        entries.source_system,
        entries.actor_user_id as user_id,
        'Opportunity' as source_object,
        entries.opportunity_id as source_record_id
    from {{ ref('int_lifecycle__opportunity_stage_entries') }} as entries
    inner join {{ ref('int_identity__opportunity_originators') }} as originators
        on entries.opportunity_id = originators.opportunity_id
    where entries.stage = 'opportunity' and originators.originator_matched_by <> 'inherited'

),

actions as (

    select * from worked
    union all
    select * from decided

)

select
    actions.person_id,
    actions.acted_at,
    actions.acted_at_precision,
    actions.acted_from,
    actions.acted_until,
    actions.action_type,
    actions.user_id,
    sellers.team,
    actions.source_system,
    actions.source_object,
    actions.source_record_id
from actions
inner join sellers
    on
        actions.source_system = sellers.source_system
        and actions.user_id = sellers.user_id
cross join run_context
where actions.acted_from <= run_context.as_of
