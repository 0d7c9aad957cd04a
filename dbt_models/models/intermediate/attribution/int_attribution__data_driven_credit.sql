{{ config(materialized='view') }}
select
    shares.opportunity_key,
    opportunities.opportunity_id,
    shares.model_key,
    positions.touch_key,
    case
        when positions.touch_key is not null
            then {{ position_mask(
                'positions.is_first_touch', 'positions.is_lead_creation', 'positions.is_opportunity_creation',
                'positions.is_close'
            ) }}
    end as position_mask,
    shares.credit_status,
    shares.weight,
    shares.whole_cents,
    case
        when positions.touch_key is null or positions.id_rank > shares.spare_cents_reach then 0
        when shares.is_negative then -1
        else 1
    end as rounding_cents
from {{ ref('int_attribution__channel_shares') }} as shares
inner join {{ ref('int_journeys__opportunities') }} as opportunities
    on shares.opportunity_key = opportunities.opportunity_key
left join {{ ref('int_journeys__positions') }} as positions
    on
        shares.opportunity_key = positions.opportunity_key
        and shares.window_id = positions.window_id
        and shares.channel_number = positions.channel_number
