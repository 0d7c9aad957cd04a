{{ config(materialized='view') }}
with

touches as (

    select
        window_id,
        opportunity_key,
        touch_key,
        id_rank,
        {{ position_mask('is_first_touch', 'is_lead_creation', 'is_opportunity_creation', 'is_close') }}
        + case when is_last_non_direct then 16 else 0 end as position_mask
    from {{ ref('int_journeys__positions') }}

)

-- Each branch of the credit joins the opportunities by itself: DuckDB carries a condition on opportunity_id through a
-- join to the tables beside it, but not from above a union into its branches' joins.
select
    shares.opportunity_key,
    opportunities.opportunity_id,
    shares.model_key,
    shares.touch_key,
    shares.position_mask,
    shares.credit_status,
    shares.nominal_weight,
    shares.weight,
    shares.whole_cents,
    shares.rounding_cents
from {{ ref('int_attribution__position_shares') }} as shares
inner join {{ ref('int_journeys__opportunities') }} as opportunities
    on shares.opportunity_key = opportunities.opportunity_key
where shares.middle_touches is null

union all

-- The middle of a journey is every touch without a position that the model gives weight to.
select
    touches.opportunity_key,
    opportunities.opportunity_id,
    shares.model_key,
    touches.touch_key,
    touches.position_mask & 15 as position_mask,
    shares.credit_status,
    shares.nominal_weight,
    shares.weight,
    shares.whole_cents,
    case
        when touches.id_rank > shares.spare_cents_reach then 0
        when shares.is_negative then -1
        else 1
    end as rounding_cents
from {{ ref('int_attribution__position_shares') }} as shares
inner join {{ ref('int_journeys__opportunities') }} as opportunities
    on shares.opportunity_key = opportunities.opportunity_key
inner join {{ ref('int_journeys__model_windows') }} as windows
    on shares.model_key = windows.model_key
inner join touches
    on
        shares.opportunity_key = touches.opportunity_key
        and windows.window_id = touches.window_id
        and (touches.position_mask & shares.weighted_mask) = 0
where shares.middle_touches > 0
