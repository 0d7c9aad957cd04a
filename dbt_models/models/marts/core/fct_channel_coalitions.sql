with

models as (

    select
        model,
        window_id
    from {{ ref('int_attribution__learning') }}
    where method in ('shapley', 'shapley_rate')

),

coalitions as (

    select * from {{ ref('int_attribution__channel_coalitions') }}

),

distinct_masks as (

    select distinct channel_mask
    from coalitions

),

names as (

    select
        distinct_masks.channel_mask,
        count(*) as channels,
        {{ dbt.listagg('channels.channel', "' + '", 'order by channels.channel') }} as coalition
    from distinct_masks
    inner join {{ ref('int_attribution__channels') }} as channels
        on (distinct_masks.channel_mask & channels.channel_bit) != 0
    group by distinct_masks.channel_mask

)

select
    models.model,
    names.coalition,
    cast(names.channels as integer) as channels,
    cast(coalitions.won_journeys as bigint) as won_journeys,
    cast(coalitions.lost_journeys as bigint) as lost_journeys,
    cast(coalitions.won_journeys as double)
    / cast(coalitions.won_journeys + coalitions.lost_journeys as double) as win_rate,
    cast(coalitions.won_amount as decimal(18, 2)) as won_amount
from models
inner join coalitions
    on models.window_id = coalitions.window_id
inner join names
    on coalitions.channel_mask = names.channel_mask
