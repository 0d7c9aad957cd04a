with

-- A lead deleted as a mistake has no life; one merged away or converted lived it as the same person.
leads as (

    select *
    from {{ ref('int_crm__leads') }}
    where not is_deleted or master_record_id is not null or coalesce(is_converted, false)

),

person_identifiers as (

    select * from {{ ref('int_identity__person_identifiers') }}

),

stages as (

    select
        source_system,
        lower(trim(status)) as status,
        stage,
        reason_class
    from {{ ref('stg_reference__lifecycle_statuses') }}
    qualify row_number() over (partition by source_system, lower(trim(status)) order by status asc, stage asc) = 1

),

status_changes as (

    select
        source_system,
        lead_id,
        history_id,
        old_value,
        new_value,
        changed_by_id,
        changed_at
    from {{ ref('int_crm__lead_history') }}
    where field = 'status'

),

-- Within one timestamp a change that starts from another's result comes after it.
ordered_changes as (

    select
        changes.*,
        row_number() over (
            partition by changes.source_system, changes.lead_id
            order by
                changes.changed_at asc,
                case when earlier_within_moment.history_id is null then 0 else 1 end asc,
                changes.old_value asc nulls last,
                changes.history_id asc
        ) as change_number
    from status_changes as changes
    left join status_changes as earlier_within_moment
        on
            changes.source_system = earlier_within_moment.source_system
            and changes.lead_id = earlier_within_moment.lead_id
            and changes.changed_at = earlier_within_moment.changed_at
            and changes.history_id <> earlier_within_moment.history_id
            and changes.old_value = earlier_within_moment.new_value
    qualify
        row_number() over (
            partition by changes.source_system, changes.history_id
            order by earlier_within_moment.history_id asc nulls last
        ) = 1

),

-- With history: the status the lead was created with, then every change.
history_entries as (

    select
        leads.source_system,
        leads.lead_id,
        ordered_changes.old_value as status,
        leads.created_at as entered_at,
        0 as entry_number,
        leads.created_by_id as actor_user_id,
        'history' as evidence
    from leads
    inner join ordered_changes
        on
            leads.source_system = ordered_changes.source_system
            and leads.lead_id = ordered_changes.lead_id
    where ordered_changes.change_number = 1 and ordered_changes.old_value is not null

    union all

    select
        leads.source_system,
        leads.lead_id,
        ordered_changes.new_value as status,
        ordered_changes.changed_at as entered_at,
        ordered_changes.change_number as entry_number,
        ordered_changes.changed_by_id as actor_user_id,
        'history' as evidence
    from leads
    inner join ordered_changes
        on
            leads.source_system = ordered_changes.source_system
            and leads.lead_id = ordered_changes.lead_id
    where ordered_changes.new_value is not null

),

leads_with_history as (

    select distinct
        source_system,
        lead_id
    from history_entries

),

-- Without history: today's status, from the only date that is known of it, the lead's creation; where that is blank or
-- can't be true, from its last change.
current_entries as (

    select
        leads.source_system,
        leads.lead_id,
        leads.status,
        coalesce(leads.created_at, leads.last_modified_at) as entered_at,
        0 as entry_number,
        leads.created_by_id as actor_user_id,
        'current_state' as evidence
    from leads
    left join leads_with_history
        on
            leads.source_system = leads_with_history.source_system
            and leads.lead_id = leads_with_history.lead_id
    where leads_with_history.lead_id is null and leads.status is not null and not coalesce(leads.is_converted, false)

),

staged_entries as (

    select
        entries.*,
        coalesce(stages.stage, 'unmapped') as status_stage,
        stages.reason_class
    from (
        select * from history_entries
        union all
        select * from current_entries
    ) as entries
    left join stages
        on
            entries.source_system = stages.source_system
            and lower(trim(entries.status)) = stages.status

),

-- Leads whose conversion no status change tells of. A conversion creates or finds a contact and mostly an opportunity:
-- where one of them was created on the day of the conversion, that is its timestamp.
silent_conversions as (

    select
        leads.source_system,
        leads.lead_id,
        leads.status,
        case
            when leads.converted_date is null or {{ company_date('opportunities.created_at') }} = leads.converted_date
                then {{ latest_creation('opportunities.created_at') }}
        end as opportunity_created_at,
        case
            when leads.converted_date is null or {{ company_date('contacts.created_at') }} = leads.converted_date
                then {{ latest_creation('contacts.created_at') }}
        end as contact_created_at,
        opportunities.created_by_id as opportunity_created_by_id,
        contacts.created_by_id as contact_created_by_id,
        coalesce(leads.created_at, leads.last_modified_at) as created_at,
        leads.created_by_id,
        leads.converted_date
    from leads
    left join staged_entries as told
        on
            leads.source_system = told.source_system
            and leads.lead_id = told.lead_id
            and told.status_stage = 'converted'
    left join {{ ref('int_identity__deal_conversions') }} as conversions
        on
            leads.source_system = conversions.source_system
            and leads.lead_id = conversions.lead_id
    left join {{ ref('int_crm__opportunities') }} as opportunities
        on
            conversions.source_system = opportunities.source_system
            and case when conversions.refusal_reason is null then conversions.opportunity_id end
            = opportunities.opportunity_id
    left join {{ ref('int_crm__contacts') }} as contacts
        on
            leads.source_system = contacts.source_system
            and leads.converted_contact_id = contacts.contact_id
    where coalesce(leads.is_converted, false) and told.lead_id is null

),

conversion_entries as (

    select
        source_system,
        lead_id,
        status,
        created_at,
        created_by_id,
        coalesce(
            opportunity_created_at,
            contact_created_at,
            greatest(created_at, {{ from_company_time('converted_date') }}),
            {{ from_company_time('converted_date') }},
            created_at
        ) as entered_at,
        1000000 as entry_number,
        coalesce(
            case when opportunity_created_at is not null then opportunity_created_by_id end,
            case when contact_created_at is not null then contact_created_by_id end
        ) as actor_user_id,
        'current_state' as evidence,
        'converted' as status_stage,
        null as reason_class
    from silent_conversions

),

-- Without history a converted lead of marketing's would never have been an MQL, and only those that came to nothing
-- would be left to count: it was one from its creation, as far as anyone can tell.
handed_over_entries as (

    select
        conversion_entries.source_system,
        conversion_entries.lead_id,
        conversion_entries.status,
        least(conversion_entries.created_at, conversion_entries.entered_at) as entered_at,
        0 as entry_number,
        conversion_entries.created_by_id as actor_user_id,
        'current_state' as evidence,
        'mql' as status_stage,
        null as reason_class
    from conversion_entries
    inner join {{ ref('int_identity__user_teams') }} as user_teams
        on
            conversion_entries.source_system = user_teams.source_system
            and conversion_entries.created_by_id = user_teams.user_id
    left join leads_with_history
        on
            conversion_entries.source_system = leads_with_history.source_system
            and conversion_entries.lead_id = leads_with_history.lead_id
    where user_teams.team = 'marketing' and leads_with_history.lead_id is null

),

all_entries as (

    select * from staged_entries
    union all
    select
        source_system,
        lead_id,
        status,
        entered_at,
        entry_number,
        actor_user_id,
        evidence,
        status_stage,
        reason_class
    from conversion_entries
    union all
    select * from handed_over_entries

),

-- A conversion is sales' word that the lead is qualified: it enters sql, unless the lead is there or further already.
with_previous as (

    select
        *,
        lag(status_stage) over (
            partition by source_system, lead_id
            order by entered_at asc, entry_number asc
        ) as previous_status_stage,
        row_number() over (
            partition by source_system, lead_id
            order by entered_at asc, entry_number asc
        ) as entry_rank
    from all_entries

),

entries as (

    select
        *,
        case status_stage when 'converted' then 'sql' else status_stage end as stage,
        case previous_status_stage when 'converted' then 'sql' else previous_status_stage end as previous_stage
    from with_previous

)

select
    entries.source_system,
    entries.lead_id,
    person_identifiers.person_id,
    entries.stage,
    entries.status,
    entries.entered_at,
    entries.entry_rank,
    entries.actor_user_id,
    case when entries.stage in ('rejected', 'recycled', 'disqualified') then entries.status end as reason,
    case when entries.stage in ('rejected', 'recycled', 'disqualified') then entries.reason_class end as reason_class,
    entries.evidence
from entries
inner join person_identifiers
    on
        entries.source_system || '_lead' = person_identifiers.identifier_type
        and entries.lead_id = person_identifiers.identifier
-- A status that no date at all is known of has no place in time; the lead still counts.
where
    entries.entered_at is not null
    and entries.stage is distinct from entries.previous_stage
    and not (entries.status_stage = 'converted' and coalesce(entries.previous_stage, '') in ('sql', 'opportunity'))
