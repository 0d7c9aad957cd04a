{%- set stages = ['lead', 'mql', 'opportunity', 'won'] -%}
{%- set squared = ['units', 'won_amount', 'former_units', 'former_amount', 'recent_units', 'recent_amount'] -%}
{%- set summed = squared + ['traced_units', 'lead_units', 'mql_units', 'opportunity_units', 'won_units'] -%}
with

-- Amounts are summed as they are: a sum of doubles depends on the order of rows, and a value per unit may lie on the
-- edge of rounding. Products, of which only errors are made, would be too long for decimals.
buyers as (

    select
        metric,
        channel,
        is_known,
        {%- for sum in summed %}
        {{ sum }},
        {%- endfor %}
        {%- for sum in squared %}
        cast({{ sum }} as double) as {{ sum }}_double,
        {%- endfor %}
        won_opportunities
    from {{ ref('int_trust__buyer_outcomes') }}

),

sums as (

    select
        metric,
        channel,
        count(*) as buyers,
        sum(case when is_known then 1 else 0 end) as known_buyers,
        sum(case when opportunity_units > 0 then 1 else 0 end) as opportunity_buyers,
        sum(case when won_opportunities > 0 then 1 else 0 end) as won_buyers,
        sum(won_opportunities) as won_opportunities,
        {%- for sum in summed %}
        cast(sum({{ sum }}) as double) as {{ sum }},
        {%- endfor %}
        sum(units_double * units_double) as squared_units,
        sum(won_amount_double * won_amount_double) as squared_amount,
        sum(won_amount_double * units_double) as amount_units,
        {%- for half in ['former', 'recent'] %}
        sum(case when {{ half }}_units > 0 then 1 else 0 end) as {{ half }}_buyers,
        sum({{ half }}_units_double * {{ half }}_units_double) as {{ half }}_squared_units,
        sum({{ half }}_amount_double * {{ half }}_amount_double) as {{ half }}_squared_amount,
        sum({{ half }}_amount_double * {{ half }}_units_double) as {{ half }}_amount_units,
        {%- endfor %}
        sum(case when former_amount <> 0 or recent_amount <> 0 then 1 else 0 end) as trend_buyers
    from buyers
    group by metric, channel

),

-- Units that nobody reports by person, such as a network's impressions, stand each for itself.
totals as (

    select
        metric,
        channel,
        cast(sum(units) as double) as units,
        cast(sum(case when person_id is null then units else 0 end) as double) as anonymous_units
    from {{ ref('int_trust__traced_units') }}
    group by metric, channel

),

combined as (

    select
        totals.metric,
        totals.channel,
        totals.units,
        totals.anonymous_units,
        coalesce(sums.buyers, 0) as buyers,
        coalesce(sums.known_buyers, 0) as known_buyers,
        coalesce(sums.opportunity_buyers, 0) as opportunity_buyers,
        coalesce(sums.won_buyers, 0) as won_buyers,
        coalesce(sums.won_opportunities, 0) as won_opportunities,
        coalesce(sums.traced_units, 0) as traced_units,
        {% for stage in stages %}
        coalesce(sums.{{ stage }}_units, 0) as {{ stage }}_units,
        {% endfor %}
        coalesce(sums.won_amount, 0) as won_amount,
        sums.squared_amount,
        sums.amount_units,
        sums.trend_buyers,
        {%- for half in ['former', 'recent'] %}
        sums.{{ half }}_units,
        sums.{{ half }}_amount,
        {{ ratio_error(
            'sums.' ~ half ~ '_buyers', 'sums.' ~ half ~ '_amount', 'sums.' ~ half ~ '_units',
            'sums.' ~ half ~ '_squared_amount', 'sums.' ~ half ~ '_amount_units', 'sums.' ~ half ~ '_squared_units'
        ) | indent(8) }} as {{ half }}_error,
        {%- endfor %}
        coalesce(sums.squared_units, 0) + totals.anonymous_units as squared_units
    from totals
    left join sums
        on
            totals.metric = sums.metric
            and totals.channel = sums.channel
    where totals.units > 0

),

shares as (

    select
        *,
        {{ effective_size('units', 'squared_units') }} as effective_size,
        traced_units / units as traceable_share,
        {% for stage in stages %}
        {{ stage }}_units / units as {{ stage }}_share,
        {% endfor %}
        won_amount / units as won_amount_per_unit,
        {{ ratio_error(
            '(buyers + anonymous_units)', 'won_amount', 'units', 'squared_amount', 'amount_units', 'squared_units'
        ) | indent(8) }} as won_amount_error,
        former_amount / nullif(former_units, 0) as former_amount_per_unit,
        recent_amount / nullif(recent_units, 0) as recent_amount_per_unit
    from combined

)

select
    metric,
    channel,
    known_buyers,
    opportunity_buyers,
    won_buyers,
    won_opportunities,
    cast(traced_units as decimal(18, 2)) as traced_units,
    cast(effective_size as decimal(18, 2)) as effective_size,
    -- Where no unit is anybody's there is no sample of people, and no interval either.
    {% for stage in stages %}
    cast({{ stage }}_units as decimal(18, 2)) as {{ stage }}_units,
    {% endfor %}
    {% for stage in ['traceable'] + stages %}
    cast({{ stage }}_share as decimal(9, 6)) as {{ stage }}_share,
    {% for side in ['lower', 'upper'] %}
    cast(
        case when buyers > 0 then {{ wilson_bound(stage ~ '_share', 'effective_size', side) | indent(8) }} end
        as decimal(9, 6)
    ) as {{ stage }}_share_{{ side }},
    {% endfor %}
    {% endfor %}
    cast(won_amount as decimal(18, 2)) as won_amount,
    cast(won_amount_per_unit as decimal(18, 4)) as won_amount_per_unit,
    cast(won_amount_per_unit - {{ two_sided_95() }} * won_amount_error as decimal(18, 4)) as won_amount_per_unit_lower,
    cast(won_amount_per_unit + {{ two_sided_95() }} * won_amount_error as decimal(18, 4)) as won_amount_per_unit_upper,
    {%- for half in ['former', 'recent'] %}
    cast({{ half }}_units as decimal(18, 2)) as {{ half }}_units,
    cast({{ half }}_amount as decimal(18, 2)) as {{ half }}_won_amount,
    cast({{ half }}_amount_per_unit as decimal(18, 4)) as {{ half }}_won_amount_per_unit,
    {%- endfor %}
    cast(
        case
            when trend_buyers >= 5
                then
                    (recent_amount_per_unit - former_amount_per_unit)
                    / nullif(sqrt(former_error * former_error + recent_error * recent_error), 0)
        end as decimal(9, 2)
    ) as value_trend_deviations
from shares
