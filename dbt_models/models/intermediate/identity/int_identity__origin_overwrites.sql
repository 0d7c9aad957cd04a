with

-- Opportunities of which the CRM names another source than the originator's, or none.
conflicts as (

    select
        opportunities.opportunity_id,
        opportunities.source_system,
        {{ latest_creation('opportunities.created_at') }} as created_until,
        originators.originator_identifier_type,
        originators.originator_record_id,
        originators.crm_lead_source
    from {{ ref('int_revenue__opportunities') }} as opportunities
    inner join {{ ref('int_identity__opportunity_originators') }} as originators
        on
            opportunities.source_system = originators.source_system
            and opportunities.opportunity_id = originators.opportunity_id
    where originators.origin_status in ('overwritten', 'lost')

),

-- The lead that the opportunity came from, and the leads that were converted into it.
lead_ids as (

    select
        source_system,
        opportunity_id,
        originator_record_id as lead_id
    from conflicts
    where originator_identifier_type = source_system || '_lead'

    union

    select
        conflicts.source_system,
        conflicts.opportunity_id,
        conversions.lead_id
    from conflicts
    inner join {{ ref('int_identity__deal_conversions') }} as conversions
        on
            conflicts.source_system = conversions.source_system
            and conflicts.opportunity_id = conversions.opportunity_id
    where conversions.refusal_reason is null

),

deal_changes as (

    select
        conflicts.source_system,
        conflicts.opportunity_id,
        conflicts.crm_lead_source,
        'opportunity_history' as evidence,
        1 as evidence_rank,
        changes.history_id,
        nullif(trim(changes.old_value), '') as old_value,
        nullif(trim(changes.new_value), '') as new_value,
        changes.changed_by_id,
        changes.changed_at
    from conflicts
    inner join {{ ref('int_crm__opportunity_field_history') }} as changes
        on
            conflicts.source_system = changes.source_system
            and conflicts.opportunity_id = changes.opportunity_id
    where changes.field = 'lead_source'

),

-- What a lead says when it is converted is copied into the opportunity; what becomes of the lead later no longer
-- reaches it.
lead_changes as (

    select
        conflicts.source_system,
        conflicts.opportunity_id,
        conflicts.crm_lead_source,
        'lead_history' as evidence,
        2 as evidence_rank,
        changes.history_id,
        nullif(trim(changes.old_value), '') as old_value,
        nullif(trim(changes.new_value), '') as new_value,
        changes.changed_by_id,
        changes.changed_at
    from conflicts
    inner join lead_ids
        on
            conflicts.source_system = lead_ids.source_system
            and conflicts.opportunity_id = lead_ids.opportunity_id
    inner join {{ ref('int_crm__lead_history') }} as changes
        on
            lead_ids.source_system = changes.source_system
            and lead_ids.lead_id = changes.lead_id
            and conflicts.created_until >= changes.changed_at
    where changes.field = 'lead_source'

),

changes as (

    select * from deal_changes
    union all
    select * from lead_changes

)

-- The last change that gave the value that the opportunity shows now; changes to anything else led elsewhere.
select
    source_system,
    opportunity_id,
    changed_at as overwritten_at,
    changed_by_id as overwritten_by_user_id,
    old_value as overwritten_source,
    evidence
from changes
where lower(new_value) is not distinct from lower(crm_lead_source)
qualify
    row_number() over (
        partition by source_system, opportunity_id
        order by evidence_rank asc, changed_at desc, history_id desc
    ) = 1
