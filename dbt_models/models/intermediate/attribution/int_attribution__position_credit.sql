{{ config(materialized='view') }}
{%- set positions = ['first_touch', 'lead_creation', 'opportunity_creation', 'close'] %}
{#-
  The positions a touch can hold, each a bit of a mask: a touch may hold several, and "does this touch hold a position
  that this model gives weight to" is then one operation whatever the model. last_non_direct is no position of its own:
  it is where the model of that name puts the close.
-#}
{%- set bits = {'first_touch': 1, 'lead_creation': 2, 'opportunity_creation': 4, 'close': 8, 'last_non_direct': 16} %}
with

models as (

    select
        models.model,
        windows.window_id,
        models.method = 'last_non_direct' as is_last_non_direct,
        {%- for position in positions %}
        cast(coalesce(models.{{ position }}, 0) * 10000 as bigint) as {{ position }}_share,
        {%- endfor %}
        cast(coalesce(models.middle, 0) * 10000 as bigint) as middle_share
    from {{ ref('stg_reference__attribution_models') }} as models
    inner join {{ ref('int_journeys__model_windows') }} as windows
        on models.model = windows.model
    where
        models.enabled
        and models.method in ('positions', 'last_non_direct')

),

model_totals as (

    select
        *,
        first_touch_share + lead_creation_share + opportunity_creation_share + close_share as positions_share,
        case when first_touch_share > 0 then {{ bits.first_touch }} else 0 end
        + case when lead_creation_share > 0 then {{ bits.lead_creation }} else 0 end
        + case when opportunity_creation_share > 0 then {{ bits.opportunity_creation }} else 0 end
        + case
            when close_share = 0 then 0
            when is_last_non_direct then {{ bits.last_non_direct }}
            else {{ bits.close }}
        end as weighted_mask
    from models

),

touches as (

    select
        window_id,
        opportunity_key,
        touch_key,
        id_rank,
        case when is_first_touch then {{ bits.first_touch }} else 0 end
        + case when is_lead_creation then {{ bits.lead_creation }} else 0 end
        + case when is_opportunity_creation then {{ bits.opportunity_creation }} else 0 end
        + case when is_close then {{ bits.close }} else 0 end
        + case when is_last_non_direct then {{ bits.last_non_direct }} else 0 end as position_mask
    from {{ ref('int_journeys__positions') }}

),

-- One row per journey: which touch holds each position, by its rank among the journey's touchpoint ids.
journeys as (

    select
        window_id,
        opportunity_key,
        {%- for position in positions + ['last_non_direct'] %}
        max(case when is_{{ position }} then id_rank end) as {{ position }}_rank,
        max(case when is_{{ position }} then touch_key end) as {{ position }}_key,
        {%- endfor %}
        count(*) as touches
    from {{ ref('int_journeys__positions') }}
    group by window_id, opportunity_key

),

-- One row per opportunity and model. Every touch of the middle has the same share, so a model needs its four positions
-- and its middle worked out once per journey, whatever the number of touches.
shapes as (

    select
        opportunities.opportunity_key,
        opportunities.outcome = 'open' as is_open,
        opportunities.amount < 0 as is_negative,
        {{ exact_integer('abs(opportunities.amount) * 100') }} as cents,
        models.model,
        models.window_id,
        models.weighted_mask,
        models.positions_share,
        models.middle_share,
        coalesce(journeys.touches, 0) as touches,
        {%- for position in positions[:3] %}
        journeys.{{ position }}_rank,
        journeys.{{ position }}_key,
        case
            when journeys.{{ position }}_rank is not null then models.{{ position }}_share else 0
        end as {{ position }}_share,
        {%- endfor %}
        case
            when models.is_last_non_direct then journeys.last_non_direct_rank else journeys.close_rank
        end as close_rank,
        case
            when models.is_last_non_direct then journeys.last_non_direct_key else journeys.close_key
        end as close_key,
        journeys.close_rank as last_rank,
        journeys.last_non_direct_rank,
        case when journeys.close_rank is null then 0 else models.close_share end as close_share
    from {{ ref('int_journeys__opportunities') }} as opportunities
    cross join model_totals as models
    left join journeys
        on
            opportunities.opportunity_key = journeys.opportunity_key
            and models.window_id = journeys.window_id

),

-- A touch that holds several positions is one row with their sum, except that the close of an open deal stays apart.
merged as (

    select
        *,
        {%- for position in positions %}
        {%- set earlier = positions[:loop.index0] %}
        {{ position }}_share > 0
        {%- for other in earlier %}
        and not ({{ other }}_share > 0 and {{ other }}_rank = {{ position }}_rank)
        {%- endfor %} as {{ position }}_is_holder,
        {%- endfor %}
        {%- for position in positions[:3] %}
        {%- set earlier = positions[:loop.index0] %}
        {%- set later = positions[loop.index:] %}
        case
            when {{ position }}_share = 0 then 0
            {%- for other in earlier %}
            when {{ other }}_share > 0 and {{ other }}_rank = {{ position }}_rank then 0
            {%- endfor %}
            else
                {{ position }}_share
                {%- for other in later %}
                + case
                    when {{ other }}_rank != {{ position }}_rank then 0
                    {%- if other == 'close' %}
                    when is_open then 0
                    {%- endif %}
                    else {{ other }}_share
                end
                {%- endfor %}
        end as {{ position }}_units,
        {%- endfor %}
        case
            when is_open then close_share
            {%- for other in positions[:3] %}
            when {{ other }}_share > 0 and {{ other }}_rank = close_rank then 0
            {%- endfor %}
            else close_share
        end as close_units,
        first_touch_share + lead_creation_share + opportunity_creation_share + close_share as held_share
    from shapes

),

counted as (

    select
        *,
        touches = 0 or (positions_share > 0 and held_share = 0) as is_unattributed,
        case
            when middle_share = 0 then 0
            else
                touches
                {%- for position in positions %}
                - case when {{ position }}_is_holder then 1 else 0 end
                {%- endfor %}
        end as middle_touches
    from merged

),

-- The share of a position that doesn't exist, and of a middle without touches, goes to the positions that exist, in
-- proportion: position touch = pool × units ÷ held, middle touch = middle ÷ its touches, over one denominator.
fractions as (

    select
        *,
        {{ exact_integer('positions_share + middle_share') }} * greatest(held_share, 1) * greatest(middle_touches, 1)
            as denominator,
        {%- for position in positions %}
        {{ exact_integer('positions_share + case when middle_touches = 0 then middle_share else 0 end') }}
        * {{ position }}_units * greatest(middle_touches, 1) as {{ position }}_numerator,
        {%- endfor %}
        case
            when middle_touches > 0 then {{ exact_integer('middle_share') }} * greatest(held_share, 1)
            else {{ exact_integer('0') }}
        end as middle_numerator
    from counted
    where not is_unattributed

),

whole_cents as (

    select
        {%- for part in positions + ['middle'] %}
        {{ integer_quotient('cents * ' ~ part ~ '_numerator', 'denominator') }} as {{ part }}_cents,
        {%- endfor %}
        *
    from fractions

),

remainders as (

    select
        *,
        {%- for part in positions + ['middle'] %}
        cents * {{ part }}_numerator - {{ part }}_cents * denominator as {{ part }}_remainder,
        {%- endfor %}
        cents - middle_cents * middle_touches
        {%- for position in positions %}
        - {{ position }}_cents
        {%- endfor %} as spare_cents
    from whole_cents

),

-- Largest remainder: how many rows come before each position's row in the queue for a spare cent. A larger remainder
-- comes first, then the lower touchpoint id, then credited before pending.
queued as (

    select
        {%- for position in positions %}
        {%- set index = loop.index0 %}
        case
            when middle_touches = 0 or middle_remainder < {{ position }}_remainder then 0
            when middle_remainder > {{ position }}_remainder then middle_touches
            else
                {{ position }}_rank - 1
                {%- for other in positions if other != position %}
                - case when {{ other }}_is_holder and {{ other }}_rank < {{ position }}_rank then 1 else 0 end
                {%- endfor %}
        end
        {%- for other in positions if other != position %}
        + case
            when {{ other }}_units = 0 then 0
            when {{ other }}_remainder > {{ position }}_remainder then 1
            when {{ other }}_remainder < {{ position }}_remainder then 0
            when {{ other }}_rank < {{ position }}_rank then 1
            {%- if positions.index(other) < index %}
            when {{ other }}_rank = {{ position }}_rank then 1
            {%- endif %}
            else 0
        end
        {%- endfor %} as {{ position }}_queue,
        {%- endfor %}
        *
    from remainders

),

winners as (

    select
        {%- for position in positions %}
        case
            when {{ position }}_units > 0 and {{ position }}_queue < spare_cents then 1 else 0
        end as {{ position }}_spare_cents,
        {%- endfor %}
        *
    from queued

),

rounded as (

    select
        opportunity_key,
        model,
        window_id,
        weighted_mask,
        is_open,
        is_negative,
        last_rank,
        middle_touches,
        {%- for position in positions %}
        {{ position }}_is_holder,
        {{ position }}_rank,
        {{ position }}_key,
        {{ position }}_units,
        cast({{ position }}_cents + {{ position }}_spare_cents as bigint) as {{ position }}_credit,
        cast({{ position }}_numerator as double) / cast(denominator as double) as {{ position }}_weight,
        {%- endfor %}
        cast(middle_cents as bigint) as middle_credit,
        cast(
            spare_cents
            {%- for position in positions %}
            - {{ position }}_spare_cents
            {%- endfor %}
            as bigint
        ) as middle_spare_cents,
        cast(middle_numerator as double) / cast(denominator as double) as middle_weight
    from winners

),

position_numbers as (

    {%- for position in positions %}
    select {{ loop.index }} as position_number
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

position_credit as (

    select
        rounded.opportunity_key,
        rounded.model,
        case position_numbers.position_number
            {%- for position in positions %}
            when {{ loop.index }} then {{ position }}_key
            {%- endfor %}
        end as touch_key,
        case position_numbers.position_number
            {%- for position in positions %}
            when {{ loop.index }} then {{ position }}_rank
            {%- endfor %}
        end as id_rank,
        case
            when position_numbers.position_number = 4 and rounded.is_open then 'pending' else 'credited'
        end as credit_status,
        case position_numbers.position_number
            {%- for position in positions %}
            when {{ loop.index }} then {{ position }}_weight
            {%- endfor %}
        end as weight,
        case position_numbers.position_number
            {%- for position in positions %}
            when {{ loop.index }} then {{ position }}_credit
            {%- endfor %}
        end as credit_cents,
        rounded.is_negative,
        rounded.first_touch_rank,
        rounded.lead_creation_rank,
        rounded.opportunity_creation_rank,
        rounded.last_rank
    from rounded
    cross join position_numbers
    where
        case position_numbers.position_number
            {%- for position in positions %}
            when {{ loop.index }} then {{ position }}_units
            {%- endfor %}
        end > 0

),

middle_credit as (

    select
        rounded.opportunity_key,
        rounded.model,
        touches.touch_key,
        touches.position_mask,
        rounded.middle_weight as weight,
        rounded.middle_credit
        + case
            when
                touches.id_rank
                {%- for position in positions %}
                - case
                    when not rounded.{{ position }}_is_holder then 0
                    when rounded.{{ position }}_rank < touches.id_rank then 1
                    else 0
                end
                {%- endfor %}
                <= rounded.middle_spare_cents
                then 1
            else 0
        end as credit_cents,
        rounded.is_negative
    from rounded
    inner join touches
        on
            rounded.opportunity_key = touches.opportunity_key
            and rounded.window_id = touches.window_id
    where
        rounded.middle_touches > 0
        and (touches.position_mask & rounded.weighted_mask) = 0

),

credit as (

    select
        opportunity_key,
        model,
        touch_key,
        case when id_rank = first_touch_rank then {{ bits.first_touch }} else 0 end
        + case when id_rank = lead_creation_rank then {{ bits.lead_creation }} else 0 end
        + case when id_rank = opportunity_creation_rank then {{ bits.opportunity_creation }} else 0 end
        + case when id_rank = last_rank then {{ bits.close }} else 0 end as position_mask,
        credit_status,
        weight,
        case when is_negative then -credit_cents else credit_cents end as credit_cents
    from position_credit

    union all

    select
        opportunity_key,
        model,
        touch_key,
        position_mask,
        'credited' as credit_status,
        weight,
        case when is_negative then -credit_cents else credit_cents end as credit_cents
    from middle_credit

    union all

    select
        opportunity_key,
        model,
        null as touch_key,
        null as position_mask,
        'unattributed' as credit_status,
        cast(1 as double) as weight,
        cast(case when is_negative then -cents else cents end as bigint) as credit_cents
    from counted
    where is_unattributed

)

select
    opportunity_key,
    model,
    touch_key,
    case when position_mask is not null then {{ position_names('position_mask') }} end as positions,
    credit_status,
    weight,
    {{ cents_to_amount('credit_cents') }} as attributed_amount
from credit
