with

models as (

    select * from {{ ref('stg_reference__attribution_models') }}
    where enabled

),

run_context as (

    select
        lookback_days,
        lookback_anchor,
        half_life_days
    from {{ ref('stg_reference__run_context') }}

),

resolved as (

    select
        models.model,
        coalesce(models.lookback_days, run_context.lookback_days, 0) as lookback_days,
        -- Without a lookback the anchor says nothing: one window instead of two alike.
        case
            when coalesce(models.lookback_days, run_context.lookback_days, 0) = 0 then 'opportunity_created'
            else coalesce(models.lookback_anchor, run_context.lookback_anchor, 'opportunity_created')
        end as lookback_anchor,
        coalesce(models.include_sales_activity, false) as include_sales_activity,
        case
            when models.method = 'time_decay' then coalesce(models.half_life_days, run_context.half_life_days, 7)
        end as half_life_days
    from models
    cross join run_context

)

select
    model,
    cast(row_number() over (order by model) as integer) as model_key,
    cast(
        dense_rank() over (order by lookback_days, lookback_anchor, include_sales_activity) as integer
    ) as window_id,
    lookback_days,
    lookback_anchor,
    include_sales_activity,
    half_life_days
from resolved
