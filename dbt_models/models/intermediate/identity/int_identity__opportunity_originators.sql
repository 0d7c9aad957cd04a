with

opportunities as (

    select
        opportunity_id,
        source_system,
        nullif(trim(crm_lead_source), '') as crm_lead_source
    from {{ ref('int_revenue__opportunities') }}

),

-- A record that raw no longer holds (raw was rebuilt from other files) proves nothing.
usable as (

    select
        memory.*,
        person_identifiers.person_id as originator_person_id
    from {{ ref('int_identity__originator_memory') }} as memory
    left join {{ ref('int_identity__record_creations') }} as records
        on
            memory.originator_identifier_type = records.identifier_type
            and memory.originator_record_id = records.record_id
    left join {{ ref('int_identity__person_identifiers') }} as person_identifiers
        on
            records.identifier_type = person_identifiers.identifier_type
            and records.record_id = person_identifiers.identifier
    where memory.originator_record_id is null or person_identifiers.person_id is not null

),

remembered as (

    {{ remembered('usable', ['source_system', 'opportunity_id']) | indent(4) }}

)

select
    opportunities.opportunity_id,
    opportunities.source_system,
    remembered.originator_person_id,
    remembered.originator_team,
    remembered.originator_user_id,
    remembered.originator_source,
    remembered.originator_matched_by,
    case
        when remembered.originator_record_id is null then 'no_lead'
        when opportunities.crm_lead_source is null then 'lost'
        -- A lead whose source was blank said nothing that the CRM's source could contradict.
        when remembered.originator_source is null then 'preserved'
        when lower(opportunities.crm_lead_source) = lower(remembered.originator_source) then 'preserved'
        else 'overwritten'
    end as origin_status,
    opportunities.crm_lead_source,
    {{ date_or_moment('remembered.originator_created_at') }} as originator_created_at,
    remembered.inherited_from_opportunity_id,
    remembered.originator_identifier_type,
    remembered.originator_record_id,
    remembered.first_established_as_of,
    remembered.first_run_number
from opportunities
inner join remembered
    on
        opportunities.source_system = remembered.source_system
        and opportunities.opportunity_id = remembered.opportunity_id
