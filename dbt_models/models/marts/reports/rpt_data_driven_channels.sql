with

learning as (

    select
        *,
        cast(won_amount * 100 as bigint) as won_cents
    from {{ ref('int_attribution__learning') }}
    where refusal_reason is null

),

-- Channels that were learnt as one are one row.
players as (

    select distinct
        model,
        player_number,
        player,
        pooled_channels,
        effect,
        share,
        value_share,
        share_lower,
        share_upper
    from {{ ref('int_attribution__channel_effects') }}

),

valued as (

    select
        learning.method,
        learning.closed_journeys,
        learning.won_journeys,
        learning.won_cents,
        players.*,
        cast(floor(players.value_share * learning.won_cents) as bigint) as whole_cents,
        -- Ten-thousandths of a cent: finer differences are the floats'.
        round(players.value_share * learning.won_cents - floor(players.value_share * learning.won_cents), 4)
            as remainder
    from players
    inner join learning
        on players.model = learning.model

),

-- Largest remainder, ties in the order of the names: the values sum to the amount of the won journeys.
queued as (

    select
        *,
        won_cents - sum(whole_cents) over (partition by model) as spare_cents,
        row_number() over (partition by model order by remainder desc, player_number asc) as queue_number
    from valued

)

select
    model,
    method,
    player as channel,
    cast(pooled_channels as integer) as pooled_channels,
    effect,
    share,
    share_lower,
    share_upper,
    share * won_journeys as conversions,
    share_lower * won_journeys as conversions_lower,
    share_upper * won_journeys as conversions_upper,
    value_share,
    {{ cents_to_amount('whole_cents + case when queue_number <= spare_cents then 1 else 0 end') }} as value,
    cast(closed_journeys as bigint) as learnt_journeys,
    cast(won_journeys as bigint) as learnt_won_journeys
from queued
