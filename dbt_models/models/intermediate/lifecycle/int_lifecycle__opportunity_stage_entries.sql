with

opportunities as (

    select * from {{ ref('int_revenue__opportunities') }}

),

originators as (

    select * from {{ ref('int_identity__opportunity_originators') }}

),

converted_people as (

    select distinct
        opportunities.opportunity_id,
        person_identifiers.person_id
    from opportunities
    inner join {{ ref('int_identity__deal_conversions') }} as conversions
        on
            opportunities.source_system = conversions.source_system
            and opportunities.opportunity_id = conversions.opportunity_id
    inner join {{ ref('int_identity__person_identifiers') }} as person_identifiers
        on
            conversions.source_system || '_lead' = person_identifiers.identifier_type
            and conversions.lead_id = person_identifiers.identifier
    where conversions.refusal_reason is null

),

-- The people whose opportunity it is: who converted into it, else the person it came from.
people as (

    select
        opportunities.opportunity_id,
        coalesce(converted_people.person_id, originators.originator_person_id) as person_id
    from opportunities
    left join converted_people
        on opportunities.opportunity_id = converted_people.opportunity_id
    left join originators
        on opportunities.opportunity_id = originators.opportunity_id
    where converted_people.person_id is not null or originators.originator_person_id is not null

),

-- A creation of which only the day is known comes after what happened to the lead on that day, and before the win.
created as (

    select
        source_system,
        opportunity_id,
        'opportunity' as stage,
        coalesce({{ latest_creation('created_at') }}, closed_at) as entered_at,
        1 as entry_rank,
        created_by_id as actor_user_id
    from opportunities
    where created_at is not null or closed_at is not null

),

-- Lost is no stage: a lost opportunity leaves its people where they were.
won as (

    select
        source_system,
        opportunity_id,
        case when opportunity_type in ('renewal', 'expansion', 'upsell') then opportunity_type else 'won' end as stage,
        case
            when closed_at between created_at and {{ latest_creation('created_at') }}
                then {{ latest_creation('created_at') }}
            else closed_at
        end as entered_at,
        2 as entry_rank,
        owner_id as actor_user_id
    from opportunities
    where outcome = 'won'

),

entries as (

    select * from created
    union all
    select * from won

)

select
    entries.source_system,
    entries.opportunity_id,
    people.person_id,
    entries.stage,
    entries.entered_at,
    entries.entry_rank,
    entries.actor_user_id
from entries
inner join people
    on entries.opportunity_id = people.opportunity_id
