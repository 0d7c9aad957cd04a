with

learning as (

    select * from {{ ref('int_attribution__learning') }}

),

learnt_channels as (

    select
        model,
        count(*) as channels
    from {{ ref('int_attribution__channel_effects') }}
    group by model

)

select
    learning.model,
    learning.method,
    learning.refusal_reason is null as is_learnt,
    learning.refusal_reason,
    cast(learning.learning_days as integer) as learning_days,
    cast(learning.lookback_days as integer) as lookback_days,
    learning.lookback_anchor,
    learning.include_sales_activity,
    cast(learning.closed_deals as bigint) as closed_deals,
    cast(learning.closed_journeys as bigint) as closed_journeys,
    cast(learning.won_journeys as bigint) as won_journeys,
    cast(learning.lost_journeys as bigint) as lost_journeys,
    case
        when learning.closed_journeys > 0
            then cast(learning.won_journeys as double) / cast(learning.closed_journeys as double)
    end as win_rate,
    cast(learning.won_amount as decimal(18, 2)) as won_amount,
    cast(coalesce(learnt_channels.channels, 0) as integer) as channels
from learning
left join learnt_channels
    on learning.model = learnt_channels.model
