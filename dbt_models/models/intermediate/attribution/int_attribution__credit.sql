{{ config(materialized='view') }}

select
    opportunity_key,
    model,
    touch_key,
    positions,
    credit_status,
    weight,
    attributed_amount
from {{ ref('int_attribution__position_credit') }}

union all

select
    opportunity_key,
    model,
    touch_key,
    positions,
    credit_status,
    weight,
    attributed_amount
from {{ ref('int_attribution__time_decay_credit') }}
