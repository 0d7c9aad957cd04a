with

models as (

    select
        models.model,
        models.method,
        windows.model_key,
        windows.window_id,
        windows.lookback_days,
        windows.lookback_anchor,
        windows.include_sales_activity
    from {{ ref('stg_reference__attribution_models') }} as models
    inner join {{ ref('int_journeys__model_windows') }} as windows
        on models.model = windows.model
    where
        models.enabled
        and models.method in ('markov', 'shapley', 'shapley_rate')

),

counts as (

    select
        'transitions' as counted_in,
        window_id,
        sum(case when to_state = -1 then transitions else 0 end) as won_journeys,
        sum(case when to_state = -2 then transitions else 0 end) as lost_journeys,
        sum(won_amount) as won_amount
    from {{ ref('int_attribution__channel_transitions') }}
    group by window_id

    union all

    select
        'coalitions' as counted_in,
        window_id,
        sum(won_journeys) as won_journeys,
        sum(lost_journeys) as lost_journeys,
        sum(won_amount) as won_amount
    from {{ ref('int_attribution__channel_coalitions') }}
    group by window_id

),

deals as (

    select count(*) as closed_deals
    from {{ ref('int_attribution__learnt_journeys') }}

),

learnt as (

    select
        models.model,
        models.method,
        models.model_key,
        models.window_id,
        models.lookback_days,
        models.lookback_anchor,
        models.include_sales_activity,
        coalesce(run_context.learning_days, 0) as learning_days,
        coalesce(run_context.min_closed_journeys, 1) as min_closed_journeys,
        deals.closed_deals,
        cast(coalesce(counts.won_journeys, 0) as bigint) as won_journeys,
        cast(coalesce(counts.lost_journeys, 0) as bigint) as lost_journeys,
        cast(coalesce(counts.won_journeys + counts.lost_journeys, 0) as bigint) as closed_journeys,
        cast(coalesce(counts.won_amount, 0) as decimal(18, 2)) as won_amount
    from models
    cross join deals
    cross join {{ ref('stg_reference__run_context') }} as run_context
    left join counts
        on
            models.window_id = counts.window_id
            and case when models.method = 'markov' then 'transitions' else 'coalitions' end = counts.counted_in

)

select
    *,
    case
        when closed_deals = 0 then 'no deal closed in the time learnt from'
        when closed_journeys = 0 then 'no closed deal has a touch'
        when won_journeys = 0 then 'none of the closed journeys was won'
        when closed_journeys < min_closed_journeys
            then
                'closed journeys: ' || cast(closed_journeys as {{ dbt.type_string() }})
                || '; min_closed_journeys: ' || cast(min_closed_journeys as {{ dbt.type_string() }})
    end as refusal_reason
from learnt
