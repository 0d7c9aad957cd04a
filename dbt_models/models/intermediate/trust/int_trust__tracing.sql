{%- set stages = ['lead', 'mql', 'opportunity', 'won'] -%}
with

buyers as (

    select
        metric,
        channel,
        is_known,
        won_opportunities,
        cast(units as double) as units,
        cast(traced_units as double) as traced_units,
        cast(lead_units as double) as lead_units,
        cast(mql_units as double) as mql_units,
        cast(opportunity_units as double) as opportunity_units,
        cast(won_units as double) as won_units,
        cast(won_amount as double) as won_amount,
        cast(former_units as double) as former_units,
        cast(recent_units as double) as recent_units,
        cast(former_amount as double) as former_amount,
        cast(recent_amount as double) as recent_amount
    from {{ ref('int_trust__buyer_outcomes') }}

),

sums as (

    select
        metric,
        channel,
        count(*) as buyers,
        sum(case when is_known then 1 else 0 end) as known_buyers,
        sum(case when won_opportunities > 0 then 1 else 0 end) as won_buyers,
        sum(won_opportunities) as won_opportunities,
        sum(units) as units,
        sum(units * units) as squared_units,
        sum(traced_units) as traced_units,
        sum(lead_units) as lead_units,
        sum(mql_units) as mql_units,
        sum(opportunity_units) as opportunity_units,
        sum(won_units) as won_units,
        sum(won_amount) as won_amount,
        sum(won_amount * won_amount) as squared_amount,
        sum(won_amount * units) as amount_units,
        {%- for half in ['former', 'recent'] %}
        sum(case when {{ half }}_units > 0 then 1 else 0 end) as {{ half }}_buyers,
        sum({{ half }}_units) as {{ half }}_units,
        sum({{ half }}_units * {{ half }}_units) as {{ half }}_squared_units,
        sum({{ half }}_amount) as {{ half }}_amount,
        sum({{ half }}_amount * {{ half }}_amount) as {{ half }}_squared_amount,
        sum({{ half }}_amount * {{ half }}_units) as {{ half }}_amount_units,
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
    won_buyers,
    won_opportunities,
    cast(traced_units as decimal(18, 2)) as traced_units,
    cast(effective_size as decimal(18, 2)) as effective_size,
    -- Where no unit is anybody's there is no sample of people, and no interval either.
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
    cast(former_amount_per_unit as decimal(18, 4)) as former_won_amount_per_unit,
    cast(recent_amount_per_unit as decimal(18, 4)) as recent_won_amount_per_unit,
    cast(
        case
            when trend_buyers >= 5
                then
                    (recent_amount_per_unit - former_amount_per_unit)
                    / nullif(sqrt(former_error * former_error + recent_error * recent_error), 0)
        end as decimal(9, 2)
    ) as value_trend_deviations
from shares
