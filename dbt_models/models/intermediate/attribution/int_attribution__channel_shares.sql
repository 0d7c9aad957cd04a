{#- Shares as whole numbers, so that the cent is decided exactly: 15 digits are all that a double holds for sure. -#}
{%- set units_per_share = '1000000000000000' %}
with

models as (

    select
        model,
        model_key,
        method,
        window_id,
        refusal_reason is not null as is_refused
    from {{ ref('int_attribution__learning') }}

),

opportunities as (

    select
        opportunity_key,
        amount < 0 as is_negative,
        {{ whole_units('abs(amount)', 2) }} as cents
    from {{ ref('int_journeys__opportunities') }}

),

positions as (

    select
        window_id,
        opportunity_key,
        channel_number,
        id_rank
    from {{ ref('int_journeys__positions') }}
    where
        window_id in (
            select models.window_id
            from models
            where not models.is_refused
        )

),

-- Channels that were learnt as one share as one. What wasn't learnt, because no closed journey had it, counts nothing.
channel_players as (

    select
        models.model_key,
        models.method,
        models.window_id,
        channels.channel_number,
        coalesce(effects.player_number, channels.channel_number) as player_number,
        cast(round(coalesce(effects.share, 0) * {{ units_per_share }}) as bigint) as learnt_units
    from models
    cross join {{ ref('int_attribution__channels') }} as channels
    left join {{ ref('int_attribution__channel_effects') }} as effects
        on
            models.model = effects.model
            and channels.channel_number = effects.channel_number
    where not models.is_refused

),

journey_channels as (

    select
        window_id,
        opportunity_key,
        channel_number,
        count(*) as touches
    from positions
    group by window_id, opportunity_key, channel_number

),

journey_players as (

    select
        channel_players.model_key,
        channel_players.method,
        journey_channels.opportunity_key,
        channel_players.player_number,
        channel_players.learnt_units,
        sum(journey_channels.touches) as touches
    from journey_channels
    inner join channel_players
        on
            journey_channels.window_id = channel_players.window_id
            and journey_channels.channel_number = channel_players.channel_number
    group by
        channel_players.model_key,
        channel_players.method,
        journey_channels.opportunity_key,
        channel_players.player_number,
        channel_players.learnt_units

),

-- A journey's worth goes to its channels equally in a shapley model, else by what was learnt; where nothing was learnt
-- of any of them, equally as well.
journeys as (

    select
        model_key,
        opportunity_key,
        sum(touches) as journey_touches,
        method = 'shapley' or sum(learnt_units) = 0 as is_shared_equally,
        case when method = 'shapley' or sum(learnt_units) = 0 then count(*) else sum(learnt_units) end as total_units
    from journey_players
    group by model_key, method, opportunity_key

),

weighted as (

    select
        journey_players.model_key,
        journey_players.opportunity_key,
        journey_players.player_number,
        {{ exact_integer('journey_players.touches') }} as touches,
        {{ exact_integer(
            'case when journeys.is_shared_equally then 1 else journey_players.learnt_units end'
        ) }} as units,
        {{ exact_integer('journeys.total_units') }} * {{ exact_integer('journey_players.touches') }} as denominator
    from journey_players
    inner join journeys
        on
            journey_players.model_key = journeys.model_key
            and journey_players.opportunity_key = journeys.opportunity_key

),

-- Every touch of a channel in a journey has the same share, so it is worked out once: units ÷ (all units × touches).
shared as (

    select
        weighted.*,
        opportunities.cents,
        {{ integer_quotient('opportunities.cents * weighted.units', 'weighted.denominator') }} as whole_cents
    from weighted
    inner join opportunities
        on weighted.opportunity_key = opportunities.opportunity_key

),

-- Remainders over one denominator, all units of the journey; a billionth of a unit tells any two of them apart in
-- journeys of up to 30,000 touches, and equal ones stay equal.
remainders as (

    select
        model_key,
        opportunity_key,
        player_number,
        cents,
        cast(touches as bigint) as touches,
        cast(whole_cents as bigint) as whole_cents,
        cast(units as double) / cast(denominator as double) as weight,
        {{ integer_quotient('(cents * units - whole_cents * denominator) * 1000000000', 'touches') }} as remainder
    from shared

),

spare as (

    select
        model_key,
        opportunity_key,
        cast(min(cents) - sum(whole_cents * touches) as bigint) as spare_cents
    from remainders
    group by model_key, opportunity_key

),

ties as (

    select
        model_key,
        opportunity_key,
        remainder,
        sum(touches) as touches
    from remainders
    group by model_key, opportunity_key, remainder

),

-- Largest remainder: how many spare cents are left when it is the turn of the touches with this one.
queued as (

    select
        ties.model_key,
        ties.opportunity_key,
        ties.remainder,
        ties.touches,
        spare.spare_cents + ties.touches - sum(ties.touches) over (
            partition by ties.model_key, ties.opportunity_key
            order by ties.remainder desc
            rows between unbounded preceding and current row
        ) as cents_left
    from ties
    inner join spare
        on
            ties.model_key = spare.model_key
            and ties.opportunity_key = spare.opportunity_key

),

-- Where fewer are left than touches, these go to the lowest touchpoint ids.
reaches as (

    select
        queued.model_key,
        queued.opportunity_key,
        queued.remainder,
        {{ nth_of_list(
            descending_list('positions.id_rank', 'true'),
            'cast(min(queued.touches - queued.cents_left) + 1 as bigint)'
        ) }} as spare_cents_reach
    from queued
    inner join remainders
        on
            queued.model_key = remainders.model_key
            and queued.opportunity_key = remainders.opportunity_key
            and queued.remainder = remainders.remainder
    inner join channel_players
        on
            remainders.model_key = channel_players.model_key
            and remainders.player_number = channel_players.player_number
    inner join positions
        on
            channel_players.window_id = positions.window_id
            and channel_players.channel_number = positions.channel_number
            and remainders.opportunity_key = positions.opportunity_key
    where queued.cents_left > 0 and queued.cents_left < queued.touches
    group by queued.model_key, queued.opportunity_key, queued.remainder

),

credited as (

    select
        remainders.opportunity_key,
        remainders.model_key,
        remainders.player_number,
        remainders.weight,
        remainders.whole_cents,
        case
            when queued.cents_left <= 0 then 0
            else coalesce(reaches.spare_cents_reach, journeys.journey_touches)
        end as spare_cents_reach
    from remainders
    inner join journeys
        on
            remainders.model_key = journeys.model_key
            and remainders.opportunity_key = journeys.opportunity_key
    inner join queued
        on
            remainders.model_key = queued.model_key
            and remainders.opportunity_key = queued.opportunity_key
            and remainders.remainder = queued.remainder
    left join reaches
        on
            remainders.model_key = reaches.model_key
            and remainders.opportunity_key = reaches.opportunity_key
            and remainders.remainder = reaches.remainder

)

select
    credited.opportunity_key,
    credited.model_key,
    channel_players.window_id,
    channel_players.channel_number,
    {{ credit_status("'credited'") }} as credit_status,
    credited.weight,
    case when opportunities.is_negative then -credited.whole_cents else credited.whole_cents end as whole_cents,
    cast(credited.spare_cents_reach as integer) as spare_cents_reach,
    opportunities.is_negative
from credited
inner join channel_players
    on
        credited.model_key = channel_players.model_key
        and credited.player_number = channel_players.player_number
inner join journey_channels
    on
        channel_players.window_id = journey_channels.window_id
        and channel_players.channel_number = journey_channels.channel_number
        and credited.opportunity_key = journey_channels.opportunity_key
inner join opportunities
    on credited.opportunity_key = opportunities.opportunity_key

union all

select
    opportunities.opportunity_key,
    models.model_key,
    models.window_id,
    null as channel_number,
    {{ credit_status("'unattributed'") }} as credit_status,
    cast(1 as double) as weight,
    cast(
        case when opportunities.is_negative then -opportunities.cents else opportunities.cents end as bigint
    ) as whole_cents,
    0 as spare_cents_reach,
    opportunities.is_negative
from opportunities
cross join models
left join journeys
    on
        opportunities.opportunity_key = journeys.opportunity_key
        and models.model_key = journeys.model_key
where journeys.opportunity_key is null
