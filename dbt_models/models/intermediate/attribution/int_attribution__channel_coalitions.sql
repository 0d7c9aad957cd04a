with

windows as (

    select distinct model_windows.window_id
    from {{ ref('int_journeys__model_windows') }} as model_windows
    inner join {{ ref('stg_reference__attribution_models') }} as models
        on model_windows.model = models.model
    where
        models.enabled
        and models.method in ('shapley', 'shapley_rate')

),

journey_channels as (

    select
        positions.window_id,
        positions.opportunity_key,
        bit_or(channels.channel_bit) as channel_mask
    from {{ ref('int_journeys__positions') }} as positions
    inner join windows
        on positions.window_id = windows.window_id
    inner join {{ ref('int_attribution__channels') }} as channels
        on positions.channel_number = channels.channel_number
    group by positions.window_id, positions.opportunity_key

)

select
    journey_channels.window_id,
    journey_channels.channel_mask,
    count(case when journeys.is_won then 1 end) as won_journeys,
    count(case when not journeys.is_won then 1 end) as lost_journeys,
    cast(sum(case when journeys.is_won then journeys.amount else 0 end) as decimal(18, 2)) as won_amount
from journey_channels
inner join {{ ref('int_attribution__learnt_journeys') }} as journeys
    on journey_channels.opportunity_key = journeys.opportunity_key
group by journey_channels.window_id, journey_channels.channel_mask
