{{ config(meta={'dagster': {'ref': {'name': 'fct_touch_eligibility'}}}) }}
-- Fails if an opportunity and a candidate touch have no status, or more than one.
with

candidates as (

    select
        people.opportunity_id,
        touches.touchpoint_id
    from {{ ref('int_journeys__candidate_people') }} as people
    inner join {{ ref('fct_touchpoints') }} as touches
        on people.person_id = touches.person_id

),

statuses as (

    select
        opportunity_id,
        touchpoint_id,
        count(*) as statuses
    from {{ ref('fct_touch_eligibility') }}
    group by opportunity_id, touchpoint_id

)

select
    coalesce(candidates.opportunity_id, statuses.opportunity_id) as opportunity_id,
    coalesce(candidates.touchpoint_id, statuses.touchpoint_id) as touchpoint_id,
    statuses.statuses
from candidates
full outer join statuses
    on
        candidates.opportunity_id = statuses.opportunity_id
        and candidates.touchpoint_id = statuses.touchpoint_id
where
    candidates.opportunity_id is null
    or statuses.statuses is distinct from 1
