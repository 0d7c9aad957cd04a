with

leads as (

    select * from {{ ref('int_crm__leads') }}

),

contacts as (

    select * from {{ ref('int_crm__contacts') }}

),

user_teams as (

    select * from {{ ref('int_identity__user_teams') }}

),

run_context as (

    select source_fill_minutes from {{ ref('stg_reference__run_context') }}

),

source_changes as (

    select
        source_system,
        lead_id,
        nullif(trim(old_value), '') as old_value,
        nullif(trim(new_value), '') as new_value,
        changed_at,
        history_id
    from {{ ref('int_crm__lead_history') }}
    where field = 'lead_source'

),

-- A form tool or an enrichment writes the source in a second step. A blank says nothing, so what fills it in within
-- minutes of the creation is what the record said first.
fills as (

    select
        changes.source_system,
        changes.lead_id,
        changes.history_id,
        changes.new_value,
        changes.changed_at
    from source_changes as changes
    inner join leads
        on
            changes.source_system = leads.source_system
            and changes.lead_id = leads.lead_id
    cross join run_context
    where
        changes.old_value is null
        and changes.new_value is not null
        and changes.changed_at
        < {{ dbt.dateadd('minute', 'run_context.source_fill_minutes', latest_creation('leads.created_at')) }}

),

first_fills as (

    select
        source_system,
        lead_id,
        new_value
    from fills
    qualify
        row_number() over (
            partition by source_system, lead_id
            order by changed_at asc, new_value asc
        ) = 1

),

later_changes as (

    select source_changes.*
    from source_changes
    left join fills
        on
            source_changes.source_system = fills.source_system
            and source_changes.history_id = fills.history_id
    where fills.history_id is null

),

-- Of several changes within one timestamp the first is the one that starts from no other's result.
oldest_changes as (

    select
        changes.source_system,
        changes.lead_id,
        changes.old_value,
        changes.changed_at
    from later_changes as changes
    left join later_changes as earlier_within_moment
        on
            changes.source_system = earlier_within_moment.source_system
            and changes.lead_id = earlier_within_moment.lead_id
            and changes.changed_at = earlier_within_moment.changed_at
            and changes.history_id <> earlier_within_moment.history_id
            and changes.old_value is not distinct from earlier_within_moment.new_value
    qualify
        row_number() over (
            partition by changes.source_system, changes.lead_id
            order by
                changes.changed_at asc,
                case when earlier_within_moment.history_id is null then 0 else 1 end asc,
                changes.old_value asc nulls last
        ) = 1

),

-- A contact that a conversion made was created from its lead and proves nothing earlier, even if the lead was entered
-- only after its conversion. A contact that was there before, though only by an hour, keeps its own timestamp.
conversion_contacts as (

    select
        contacts.source_system,
        contacts.contact_id,
        min(leads.created_at) as lead_created_at
    from contacts
    inner join leads
        on
            contacts.source_system = leads.source_system
            and contacts.contact_id = leads.converted_contact_id
            and {{ company_date('contacts.created_at') }} = leads.converted_date
            and leads.converted_date < {{ company_date('leads.created_at') }}
    group by
        contacts.source_system,
        contacts.contact_id

),

records as (

    select
        leads.source_system,
        'lead' as record_type,
        leads.lead_id as record_id,
        leads.source_system || '_lead' as identifier_type,
        leads.email,
        leads.lead_name as person_name,
        leads.company as company_name,
        cast(null as {{ dbt.type_string() }}) as account_id,
        leads.is_converted or leads.converted_contact_id is not null as is_converted,
        leads.created_at,
        leads.created_by_id as created_by_user_id,
        case
            when first_fills.lead_id is not null then first_fills.new_value
            when oldest_changes.lead_id is not null then oldest_changes.old_value
            else leads.lead_source
        end as lead_source,
        oldest_changes.changed_at as lead_source_changed_at,
        first_fills.lead_id is not null as is_source_filled,
        cast(null as timestamp) as conversion_lead_created_at,
        not leads.is_deleted and leads.master_record_id is null as is_live
    from leads
    left join oldest_changes
        on
            leads.source_system = oldest_changes.source_system
            and leads.lead_id = oldest_changes.lead_id
    left join first_fills
        on
            leads.source_system = first_fills.source_system
            and leads.lead_id = first_fills.lead_id

    union all

    select
        contacts.source_system,
        'contact' as record_type,
        contacts.contact_id as record_id,
        contacts.source_system || '_contact' as identifier_type,
        contacts.email,
        contacts.contact_name as person_name,
        cast(null as {{ dbt.type_string() }}) as company_name,
        contacts.account_id,
        false as is_converted,
        contacts.created_at,
        contacts.created_by_id as created_by_user_id,
        contacts.lead_source,
        cast(null as timestamp) as lead_source_changed_at,
        false as is_source_filled,
        conversion_contacts.lead_created_at as conversion_lead_created_at,
        not contacts.is_deleted and contacts.master_record_id is null as is_live
    from contacts
    left join conversion_contacts
        on
            contacts.source_system = conversion_contacts.source_system
            and contacts.contact_id = conversion_contacts.contact_id

)

select
    records.source_system,
    records.record_type,
    records.record_id,
    records.identifier_type,
    records.email,
    {{ surname('records.person_name') }} as surname,
    {{ normalised_company_name('records.company_name') }} as company_name,
    records.account_id,
    records.is_converted,
    records.created_at,
    records.created_by_user_id,
    coalesce(user_teams.team, 'unmapped') as created_by_team,
    nullif(trim(records.lead_source), '') as lead_source,
    records.lead_source_changed_at,
    records.is_source_filled,
    {{ dbt.dateadd('minute', 'run_context.source_fill_minutes', latest_creation('records.created_at')) }}
        as source_may_be_filled_until,
    records.conversion_lead_created_at,
    records.is_live
from records
cross join run_context
left join user_teams
    on
        records.source_system = user_teams.source_system
        and records.created_by_user_id = user_teams.user_id
