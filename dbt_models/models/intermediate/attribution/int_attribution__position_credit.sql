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

select
    opportunity_key,
    model_key,
    touch_key,
    position_mask,
    credit_status,
    nominal_weight,
    weight,
    whole_cents,
    rounding_cents
from {{ ref('int_attribution__position_shares') }}
where middle_touches is null

union all

-- The middle of a journey is every touch without a position that the model gives weight to.
select
    touches.opportunity_key,
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
inner join {{ ref('int_journeys__model_windows') }} as windows
    on shares.model_key = windows.model_key
inner join touches
    on
        shares.opportunity_key = touches.opportunity_key
        and windows.window_id = touches.window_id
        and (touches.position_mask & shares.weighted_mask) = 0
where shares.middle_touches > 0
