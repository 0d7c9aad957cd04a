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

touches as (

    select
        positions.window_id,
        positions.opportunity_key,
        positions.touch_key,
        positions.id_rank,
        {{ position_mask(
            'positions.is_first_touch', 'positions.is_lead_creation', 'positions.is_opportunity_creation',
            'positions.is_close'
        ) }} as position_mask,
        positions.channel_number
    from {{ ref('int_journeys__positions') }} as positions
    where
        positions.window_id in (
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
    from touches
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

journeys as (

    select
        model_key,
        opportunity_key,
        sum(learnt_units) as learnt_units
    from journey_players
    group by model_key, opportunity_key

),

-- A journey's worth goes to its channels equally in a shapley model, else by what was learnt; where nothing was learnt
-- of any of them, equally as well.
weighted as (

    select
        journey_players.model_key,
        journey_players.opportunity_key,
        journey_players.player_number,
        {{ exact_integer('journey_players.touches') }} as touches,
        {{ exact_integer(
            "case
                when journey_players.method = 'shapley' or journeys.learnt_units = 0 then 1
                else journey_players.learnt_units
            end"
        ) }} as units
    from journey_players
    inner join journeys
        on
            journey_players.model_key = journeys.model_key
            and journey_players.opportunity_key = journeys.opportunity_key

),

totals as (

    select
        model_key,
        opportunity_key,
        sum(units) as total_units
    from weighted
    group by model_key, opportunity_key

),

-- Every touch of a channel in a journey has the same share, so it is worked out once: units ÷ (all units × touches).
shared as (

    select
        weighted.*,
        {{ exact_integer('totals.total_units') }} * weighted.touches as denominator,
        opportunities.is_negative,
        opportunities.cents,
        {{ integer_quotient(
            'opportunities.cents * weighted.units', exact_integer('totals.total_units') ~ ' * weighted.touches'
        ) }} as whole_cents
    from weighted
    inner join totals
        on
            weighted.model_key = totals.model_key
            and weighted.opportunity_key = totals.opportunity_key
    inner join opportunities
        on weighted.opportunity_key = opportunities.opportunity_key

),

-- Remainders over one denominator, all units of the journey; a billionth of a unit tells any two of them apart in
-- journeys of up to 30,000 touches, and equal ones stay equal.
remainders as (

    select
        *,
        {{ integer_quotient(
            '(cents * units - whole_cents * denominator) * 1000000000', 'touches'
        ) }} as remainder,
        cast(units as double) / cast(denominator as double) as weight
    from shared

),

spare as (

    select
        model_key,
        opportunity_key,
        min(cents) - sum(whole_cents * touches) as spare_cents
    from remainders
    group by model_key, opportunity_key

),

-- Largest remainder, ties to the lowest touchpoint id.
queued as (

    select
        remainders.model_key,
        remainders.opportunity_key,
        remainders.is_negative,
        remainders.whole_cents,
        remainders.weight,
        touches.touch_key,
        touches.position_mask,
        row_number() over (
            partition by remainders.model_key, remainders.opportunity_key
            order by remainders.remainder desc, touches.id_rank asc
        ) as queue_number
    from touches
    inner join channel_players
        on
            touches.window_id = channel_players.window_id
            and touches.channel_number = channel_players.channel_number
    inner join remainders
        on
            channel_players.model_key = remainders.model_key
            and channel_players.player_number = remainders.player_number
            and touches.opportunity_key = remainders.opportunity_key

),

rounded as (

    select
        queued.*,
        queued.queue_number <= spare.spare_cents as has_spare_cent
    from queued
    inner join spare
        on
            queued.model_key = spare.model_key
            and queued.opportunity_key = spare.opportunity_key

),

unattributed as (

    select
        opportunities.opportunity_key,
        opportunities.is_negative,
        opportunities.cents,
        models.model_key
    from opportunities
    cross join models
    left join journeys
        on
            opportunities.opportunity_key = journeys.opportunity_key
            and models.model_key = journeys.model_key
    where journeys.opportunity_key is null

)

select
    opportunity_key,
    model_key,
    touch_key,
    position_mask,
    {{ credit_status("'credited'") }} as credit_status,
    weight,
    cast(case when is_negative then -whole_cents else whole_cents end as bigint) as whole_cents,
    case
        when not has_spare_cent then 0
        when is_negative then -1
        else 1
    end as rounding_cents
from rounded

union all

select
    opportunity_key,
    model_key,
    null as touch_key,
    null as position_mask,
    {{ credit_status("'unattributed'") }} as credit_status,
    cast(1 as double) as weight,
    cast(case when is_negative then -cents else cents end as bigint) as whole_cents,
    0 as rounding_cents
from unattributed
