{{ config(meta={'dagster': {'ref': {'name': 'fct_opportunities'}}}) }}
-- Fails if a live opportunity that a lead was converted into came, by our account, from anyone else than the persons of
-- such leads, unless it inherits from the account's first won deal, or somebody created no later had been established
-- as its originator before the conversion, or the deal was there before the converted person was.
with

converted_people as (

    select
        leads.source_system,
        leads.converted_opportunity_id as opportunity_id,
        persons.person_id,
        persons.created_at
    from {{ ref('int_crm__leads') }} as leads
    inner join {{ ref('int_identity__person_identifiers') }} as person_identifiers
        on
            leads.source_system || '_lead' = person_identifiers.identifier_type
            and leads.lead_id = person_identifiers.identifier
    inner join {{ ref('int_identity__persons') }} as persons
        on person_identifiers.person_id = persons.person_id
    where leads.converted_opportunity_id is not null

),

conversions as (

    select
        source_system,
        opportunity_id,
        min(created_at) as first_created_at
    from converted_people
    group by source_system, opportunity_id

)

select
    opportunities.opportunity_id,
    opportunities.originator_person_id,
    opportunities.originator_matched_by
from {{ ref('fct_opportunities') }} as opportunities
inner join conversions
    on
        opportunities.source_system = conversions.source_system
        and opportunities.opportunity_id = conversions.opportunity_id
left join converted_people
    on
        opportunities.source_system = converted_people.source_system
        and opportunities.opportunity_id = converted_people.opportunity_id
        and opportunities.originator_person_id = converted_people.person_id
where
    opportunities.originator_matched_by <> 'inherited'
    and converted_people.person_id is null
    and coalesce(opportunities.originator_created_at, opportunities.created_at) > conversions.first_created_at
