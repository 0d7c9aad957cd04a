{{ config(materialized='view') }}
with

shared as (

    select
        opportunity_key,
        opportunity_id,
        model_key,
        touch_key,
        position_mask,
        credit_status,
        nominal_weight,
        weight,
        whole_cents,
        rounding_cents
    from {{ ref('int_attribution__position_credit') }}

    union all

    -- Time decay and the data-driven models give no weight to a position, so nothing is redistributed.
    select
        opportunity_key,
        opportunity_id,
        model_key,
        touch_key,
        position_mask,
        credit_status,
        weight as nominal_weight,
        weight,
        whole_cents,
        rounding_cents
    from (
        select
            time_decay.opportunity_key,
            opportunities.opportunity_id,
            time_decay.model_key,
            time_decay.touch_key,
            time_decay.position_mask,
            time_decay.credit_status,
            time_decay.weight,
            time_decay.whole_cents,
            time_decay.rounding_cents
        from {{ ref('int_attribution__time_decay_credit') }} as time_decay
        inner join {{ ref('int_journeys__opportunities') }} as opportunities
            on time_decay.opportunity_key = opportunities.opportunity_key
        union all
        select * from {{ ref('int_attribution__data_driven_credit') }}
    ) as by_touch

)

select
    shared.opportunity_key,
    shared.opportunity_id,
    windows.model,
    shared.touch_key,
    case when shared.touch_key is not null then {{ position_names('shared.position_mask') }} end as positions,
    shared.credit_status,
    shared.weight,
    {{ cents_to_amount('shared.whole_cents + shared.rounding_cents') }} as attributed_amount,
    shared.nominal_weight,
    {{ cents_to_amount('shared.rounding_cents') }} as rounding_amount
from shared
inner join {{ ref('int_journeys__model_windows') }} as windows
    on shared.model_key = windows.model_key
