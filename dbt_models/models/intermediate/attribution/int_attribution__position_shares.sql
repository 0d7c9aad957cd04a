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
        windows.model_key,
        windows.window_id,
        models.method = 'last_non_direct' as is_last_non_direct,
        {%- for position in positions %}
        cast(coalesce(models.{{ position }}, 0) * 10000 as bigint) as {{ position }}_parts,
        {%- endfor %}
        cast(coalesce(models.middle, 0) * 10000 as bigint) as middle_parts
    from {{ ref('stg_reference__attribution_models') }} as models
    inner join {{ ref('int_journeys__model_windows') }} as windows
        on models.model = windows.model
    where
        models.enabled
        and models.method in ('positions', 'last_non_direct')

),

-- The shares in the largest unit that all of them are multiples of (22.5, 22.5, 22.5, 22.5 and 10 as 9, 9, 9, 9 and
-- 4): the smaller the numbers, the rarer a product that 64 bits don't hold.
units as (

    select
        *,
        case
            {%- for unit in [1000000, 500000, 250000, 200000, 100000, 50000, 25000, 10000, 5000, 2500, 1000, 100] %}
            when
                first_touch_parts % {{ unit }} = 0
                and lead_creation_parts % {{ unit }} = 0
                and opportunity_creation_parts % {{ unit }} = 0
                and close_parts % {{ unit }} = 0
                and middle_parts % {{ unit }} = 0
                then {{ unit }}
            {%- endfor %}
            else 1
        end as unit
    from models

),

model_shares as (

    select
        {%- for part in positions + ['middle'] %}
        {{ short_quotient(part ~ '_parts', 'unit') }} as {{ part }}_share,
        {%- endfor %}
        model_key,
        window_id,
        is_last_non_direct
    from units

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
    from model_shares

),

-- One row per journey: which touch holds each position, and its rank among the journey's touchpoint ids.
journeys as (

    select
        window_id,
        opportunity_key,
        {%- for position in positions + ['last_non_direct'] %}
        max(case when is_{{ position }} then id_rank end) as {{ position }}_rank,
        max(case when is_{{ position }} then touch_key end) as {{ position }}_key,
        {%- endfor %}
        max(id_rank) as touches
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
        {{ amount_to_cents('abs(opportunities.amount)') }} as cents,
        models.model_key,
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

-- A touch that holds several positions is one row with their sum, except that the close of an open opportunity stays
-- apart.
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
        (positions_share + middle_share) * greatest(held_share, 1) * greatest(middle_touches, 1) as denominator,
        {%- for position in positions %}
        (positions_share + case when middle_touches = 0 then middle_share else 0 end)
        * {{ position }}_units * greatest(middle_touches, 1) as {{ position }}_numerator,
        {%- endfor %}
        case when middle_touches > 0 then middle_share * greatest(held_share, 1) else 0 end as middle_numerator
    from counted

),

whole_cents as (

    select
        {%- for part in positions + ['middle'] %}
        {{ whole_cents_of('cents', part ~ '_numerator', 'denominator') }} as {{ part }}_cents,
        {%- endfor %}
        *
    from fractions

),

remainders as (

    select
        *,
        {%- for part in positions + ['middle'] %}
        {{ remainder_of('cents', part ~ '_numerator', 'denominator', part ~ '_cents') }} as {{ part }}_remainder,
        {%- endfor %}
        cents - middle_cents * middle_touches
        {%- for position in positions %}
        - {{ position }}_cents
        {%- endfor %} as spare_cents
    from whole_cents

),

-- How many touches of the middle have a lower touchpoint id than each position's touch.
ordered as (

    select
        {%- for position in positions %}
        {{ position }}_rank - 1
        {%- for other in positions if other != position %}
        - case when {{ other }}_is_holder and {{ other }}_rank < {{ position }}_rank then 1 else 0 end
        {%- endfor %} as middle_before_{{ position }},
        {%- endfor %}
        *
    from remainders

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
            else middle_before_{{ position }}
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
    from ordered

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

leftover as (

    select
        *,
        spare_cents
        {%- for position in positions %}
        - {{ position }}_spare_cents
        {%- endfor %} as middle_spare_cents
    from winners

),

settled as (

    select
        *,
        case
            when middle_spare_cents = 0 then 0
            else
                middle_spare_cents
                {%- for position in positions %}
                + case
                    when {{ position }}_is_holder and middle_before_{{ position }} < middle_spare_cents then 1 else 0
                end
                {%- endfor %}
        end as middle_reach
    from leftover

),

parts as (

    {%- for position in positions %}
    select {{ loop.index }} as part_number
    union all
    {%- endfor %}
    select 5 as part_number
    union all
    select 6 as part_number

),

-- One row for each touch that holds positions, and one for all the touches of the middle. Their spare cents go down the
-- list of the journey's touchpoint ids, past the touches that hold positions: that is how far down they reach.
shares as (

    select
        settled.opportunity_key,
        settled.model_key,
        parts.part_number,
        {{ by_part('{part}_key', 'null', 'null') }} as touch_key,
        {{ by_part('{part}_rank', 'null', 'null') }} as touch_rank,
        {{ by_part('{part}_units', 'middle_share', 'positions_share + middle_share') }} as units,
        {{ by_part('{part}_numerator', 'middle_numerator', 'denominator') }} as numerator,
        {{ by_part('{part}_cents', 'middle_cents', 'cents') }} as whole_cents,
        {{ by_part('{part}_spare_cents', '0', '0') }} as spare_cents,
        case when parts.part_number = 5 then settled.middle_touches end as middle_touches,
        case when parts.part_number = 5 then settled.middle_reach end as spare_cents_reach,
        case when parts.part_number = 5 then settled.weighted_mask end as weighted_mask,
        settled.denominator,
        settled.positions_share + settled.middle_share as total_share,
        settled.is_open,
        settled.is_negative,
        settled.first_touch_rank,
        settled.lead_creation_rank,
        settled.opportunity_creation_rank,
        settled.last_rank
    from settled
    cross join parts
    where
        case
            when settled.is_unattributed then parts.part_number = 6
            else {{ by_part('{part}_units', 'middle_touches', '0') }} > 0
        end

)

select
    opportunity_key,
    model_key,
    touch_key,
    case
        when part_number <= 4
            then {{ position_mask(
                'touch_rank = first_touch_rank', 'touch_rank = lead_creation_rank',
                'touch_rank = opportunity_creation_rank', 'touch_rank = last_rank'
            ) }}
    end as position_mask,
    {{ credit_status("case
        when part_number = 6 then 'unattributed'
        when part_number = 4 and is_open then 'pending'
        else 'credited'
    end") }} as credit_status,
    cast(units as double) / (total_share * coalesce(middle_touches, 1)) as nominal_weight,
    cast(numerator as double) / denominator as weight,
    cast(case when is_negative then -whole_cents else whole_cents end as bigint) as whole_cents,
    cast(case when is_negative then -spare_cents else spare_cents end as integer) as rounding_cents,
    is_negative,
    cast(middle_touches as integer) as middle_touches,
    cast(spare_cents_reach as integer) as spare_cents_reach,
    cast(weighted_mask as integer) as weighted_mask
from shares
