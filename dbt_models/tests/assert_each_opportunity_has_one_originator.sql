{{ config(meta={'dagster': {'ref': {'name': 'int_identity__opportunity_originators'}}}) }}
-- Fails if a live opportunity is missing from the originators, is there twice, has no team, or has a person exactly
-- when it shouldn't (no_lead).
select
    opportunities.opportunity_id,
    count(originators.opportunity_id) as originators
from {{ ref('int_revenue__opportunities') }} as opportunities
left join {{ ref('int_identity__opportunity_originators') }} as originators
    on opportunities.opportunity_id = originators.opportunity_id
group by opportunities.opportunity_id
having
    count(originators.opportunity_id) <> 1
    or max(originators.originator_team) is null
    or (max(originators.originator_person_id) is null) <> (max(originators.origin_status) = 'no_lead')
