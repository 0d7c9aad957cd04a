-- Fails if a live opportunity that a lead was converted into came, by our account, from anyone else than the persons of
-- such leads, unless it inherits from the account's first won deal.
select
    opportunities.opportunity_id,
    opportunities.originator_person_id,
    opportunities.originator_matched_by
from {{ ref('fct_opportunities') }} as opportunities
where
    opportunities.originator_matched_by <> 'inherited'
    and exists (
        select 1
        from {{ ref('int_crm__leads') }} as leads
        where
            leads.source_system = opportunities.source_system
            and leads.converted_opportunity_id = opportunities.opportunity_id
    )
    and not exists (
        select 1
        from {{ ref('int_crm__leads') }} as leads
        inner join {{ ref('int_identity__person_identifiers') }} as person_identifiers
            on
                leads.source_system || '_lead' = person_identifiers.identifier_type
                and leads.lead_id = person_identifiers.identifier
        where
            leads.source_system = opportunities.source_system
            and leads.converted_opportunity_id = opportunities.opportunity_id
            and person_identifiers.person_id = opportunities.originator_person_id
    )
