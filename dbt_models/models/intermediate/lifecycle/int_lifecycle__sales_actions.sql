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

sellers_by_email as (

    select
        users.source_system,
        users.email,
        users.user_id
    from {{ ref('int_crm__users') }} as users
    where users.email is not null
    qualify
        row_number() over (
            partition by users.email
            order by case when users.is_active then 0 else 1 end asc, users.user_id asc, users.source_system asc
        ) = 1

),

-- An activity of which only the day is known happened when it was logged, kept within that day: midnight would put an
-- answer of the afternoon before the question of the morning.
activities as (

    select
        activities.source_system,
        activities.source_object,
        activities.activity_id,
        activities.activity_type,
        activities.who_id,
        coalesce(activities.owner_id, activities.created_by_id) as user_id,
        case
            when
                activities.occurred_at
                = {{ from_company_time(dbt.date_trunc('day', to_company_time('activities.occurred_at'))) }}
                then least(
                    greatest(activities.occurred_at, activities.created_at),
                    {{ dbt.dateadd('microsecond', -1, dbt.dateadd('day', 1, 'activities.occurred_at')) }}
                )
            else activities.occurred_at
        end as acted_at
    from {{ ref('int_crm__activities') }} as activities
    where
        activities.is_completed
        and not activities.is_deleted
        and activities.activity_type in ('call', 'meeting', 'email')
        and activities.who_id is not null

),

worked as (

    select
        person_identifiers.person_id,
        activities.acted_at,
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
        'share' as action_type,
        sellers_by_email.source_system,
        sellers_by_email.user_id,
        'shares' as source_object,
        shares.share_id as source_record_id
    from {{ ref('int_content__shares') }} as shares
    inner join sellers_by_email
        on shares.user_email = sellers_by_email.email
    inner join person_identifiers
        on
            person_identifiers.identifier_type = 'email'
            and shares.contact_email = person_identifiers.identifier

),

-- A status set by a seller is an action as well; so is opening the deal. A deal that inherits its originator was not
-- opened with that person.
decided as (

    select
        person_id,
        entered_at as acted_at,
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
where actions.acted_at <= run_context.as_of
