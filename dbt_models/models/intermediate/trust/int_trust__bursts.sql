{#- Usual is what the half year before and the half year after brought: growth lies on both sides of it. -#}
{%- set nearby_months = 6 -%}
{#- A burst is half as many again as usual; less is an ordinary good month. -#}
{%- set burst_from = 1.5 -%}
{#- A series of few units has hardly a share of its own: as if so many more had come, with the share of all. -#}
{%- set borrowed_units = 20 -%}
{#- A company has hundreds of months of sources, and one series of opens. -#}
{%- set deviations_of = {'visits': 4, 'email_opens': 3} -%}
with

units as (

    select
        *,
        cast({{ dbt.date_trunc('month', 'unit_date') }} as date) as month
    from {{ ref('int_trust__units') }}

),

clicks as (

    select
        person_id,
        unit_date,
        count(*) as clicks
    from units
    where metric = 'email_clicks'
    group by person_id, unit_date

),

opens as (

    select
        units.channel,
        units.month,
        units.source_record_id,
        coalesce(clicks.clicks, 0) as clicks,
        row_number() over (
            partition by units.person_id, units.unit_date
            order by units.occurred_at asc, units.source_record_id asc
        ) as open_number
    from units
    left join clicks
        on
            units.person_id = clicks.person_id
            and units.unit_date = clicks.unit_date
    where units.metric = 'email_opens'

),

-- A visitor leads on who is known, or becomes known one day. An open leads on when its reader clicked on that day; one
-- click answers one open.
judged_units as (

    select
        'visits' as metric,
        channel,
        coalesce(source, '(none)') as source,
        month,
        visitor_key as unit_id,
        max(case when is_known then 1 else 0 end) as leads_on
    from units
    where metric = 'visits'
    group by channel, coalesce(source, '(none)'), month, visitor_key

    union all

    select
        'email_opens' as metric,
        channel,
        '(none)' as source,
        month,
        source_record_id as unit_id,
        case when open_number <= clicks then 1 else 0 end as leads_on
    from opens

),

counted as (

    select
        metric,
        channel,
        source,
        month,
        count(*) as units,
        sum(leads_on) as leading_units
    from judged_units
    group by metric, channel, source, month

),

totals as (

    select
        metric,
        month,
        sum(units) as units,
        sum(leading_units) as leading_units
    from counted
    group by metric, month

),

-- What the months nearby brought, of the metric and of the source.
nearby_totals as (

    select
        totals.metric,
        totals.month,
        count(*) as months,
        sum(others.units) as units,
        sum(others.leading_units) as leading_units
    from totals
    inner join totals as others
        on
            totals.metric = others.metric
            and totals.month <> others.month
            and others.month >= {{ dbt.dateadd('month', -nearby_months, 'totals.month') }}
            and others.month <= {{ dbt.dateadd('month', nearby_months, 'totals.month') }}
    group by totals.metric, totals.month

),

nearby as (

    select
        counted.metric,
        counted.channel,
        counted.source,
        counted.month,
        coalesce(sum(others.units), 0) as units,
        coalesce(sum(others.leading_units), 0) as leading_units
    from counted
    left join counted as others
        on
            counted.metric = others.metric
            and counted.channel = others.channel
            and counted.source = others.source
            and counted.month <> others.month
            and others.month >= {{ dbt.dateadd('month', -nearby_months, 'counted.month') }}
            and others.month <= {{ dbt.dateadd('month', nearby_months, 'counted.month') }}
    group by counted.metric, counted.channel, counted.source, counted.month

),

compared as (

    select
        counted.*,
        nearby.units * 1.0 / nearby_totals.months as usual_units,
        counted.units
        * (nearby.leading_units + {{ borrowed_units }} * nearby_totals.leading_units * 1.0 / nearby_totals.units)
        / (nearby.units + {{ borrowed_units }}) as usually_leading,
        -- How uncertain the usual share is, beside the month's own chance.
        counted.units * 1.0 / (nearby.units + {{ borrowed_units }}) as span
    from counted
    inner join nearby
        on
            counted.metric = nearby.metric
            and counted.channel = nearby.channel
            and counted.source = nearby.source
            and counted.month = nearby.month
    inner join nearby_totals
        on
            counted.metric = nearby_totals.metric
            and counted.month = nearby_totals.month

),

surprises as (

    select
        *,
        {{ count_deviations('usually_leading', 'leading_units') }} / sqrt(1 + least(span, 1)) as deviations
    from compared

),

nearby_bursts as (

    select *
    from surprises
    where
        units >= {{ burst_from }} * usual_units
        -- Ten is what still shows in a small company; a third, so that a large one's slow change is none.
        and usually_leading - leading_units >= 10
        and leading_units * 3 <= usually_leading * 2
        and deviations
        >= case metric
            {%- for metric, deviations in deviations_of.items() %}
            when '{{ metric }}' then {{ deviations }}
            {%- endfor %}
        end

),

-- Traffic that is bought month after month becomes its own usual. So the whole history is asked as well: three times
-- what the source brings in its middle month, by almost nobody, at the share of everything else.
whole as (

    select
        metric,
        sum(units) as units,
        sum(leading_units) as leading_units,
        count(distinct month) as months
    from counted
    group by metric

),

compared_with_history as (

    select
        counted.metric,
        counted.channel,
        counted.source,
        counted.month,
        counted.units,
        counted.leading_units,
        whole.months,
        coalesce(sum(others.units), 0) * 1.0 / nullif(whole.months - 1, 0) as usual_units,
        sum(case when counted.units <= 3 * others.units then 1 else 0 end) as similar_months,
        counted.units * (whole.leading_units - counted.leading_units) * 1.0 / nullif(whole.units - counted.units, 0)
            as usually_leading
    from counted
    inner join whole
        on counted.metric = whole.metric
    left join counted as others
        on
            counted.metric = others.metric
            and counted.channel = others.channel
            and counted.source = others.source
            and counted.month <> others.month
    where counted.metric = 'visits'
    group by
        counted.metric, counted.channel, counted.source, counted.month, counted.units, counted.leading_units,
        whole.months, whole.units, whole.leading_units

),

lasting_bursts as (

    select
        *,
        {{ count_deviations('usually_leading', 'leading_units') }} as deviations
    from compared_with_history
    where 2 * similar_months < months - 1 and usually_leading >= 10 and leading_units * 10 <= usually_leading

),

{%- set columns = 'metric, channel, source, month, units, usual_units, leading_units, usually_leading, deviations' %}

bursts as (

    select {{ columns }} from nearby_bursts
    union all
    select {{ columns }} from lasting_bursts

)

select
    metric,
    channel,
    source,
    month,
    units,
    cast(usual_units as decimal(18, 2)) as usual_units,
    leading_units,
    cast(usually_leading as decimal(18, 2)) as usually_leading,
    cast(deviations as decimal(9, 2)) as deviations
from bursts
qualify row_number() over (partition by metric, channel, source, month order by deviations desc, usual_units asc) = 1
