{#- Up to how many weeks a rise may last to be measured as one, and the weeks before it that it is measured against. -#}
{%- set longest_stretch = 4 -%}
{%- set trailing_weeks = 4 -%}
with

weeks as (

    select * from {{ ref('int_trust__metric_weeks') }}

),

-- What each metric should bring next.
stages as (

    select
        pairs.metric,
        pairs.next_metric
    from (
        values
        ('ad_impressions', 'ad_clicks'),
        ('ad_clicks', 'visits'),
        ('email_opens', 'email_clicks'),
        ('email_clicks', 'leads'),
        ('page_views', 'leads'),
        ('visits', 'leads'),
        ('visitors', 'leads'),
        ('leads', 'mqls'),
        ('mqls', 'sqls'),
        ('sqls', 'opportunities')
    ) as pairs (metric, next_metric)

),

paired as (

    select
        weeks.metric,
        weeks.channel,
        weeks.week_start,
        weeks.units,
        next_weeks.metric as next_metric,
        next_weeks.units as next_units
    from weeks
    inner join stages
        on weeks.metric = stages.metric
    inner join weeks as next_weeks
        on
            stages.next_metric = next_weeks.metric
            and weeks.channel = next_weeks.channel
            and weeks.week_start = next_weeks.week_start

),

-- Each stretch of one to four weeks beside the four weeks before it. A rise that lasts is measured against what was
-- before it began: from its second week on it would otherwise be its own yardstick.
stretches as (

    {% for length in range(1, longest_stretch + 1) %}
    {%- set during = 'rows between ' ~ (length - 1) ~ ' preceding and current row' %}
    {%- set before = 'rows between ' ~ (length + trailing_weeks - 1) ~ ' preceding and ' ~ length ~ ' preceding' %}
    select
        metric,
        channel,
        next_metric,
        week_start as last_week,
        {{ length }} as weeks_in_stretch,
        cast(sum(units) over (partition by metric, channel order by week_start {{ during }}) as double) as units,
        cast(sum(units) over (partition by metric, channel order by week_start {{ before }}) as double) as units_before,
        cast(sum(next_units) over (partition by metric, channel order by week_start {{ during }}) as double)
            as next_units,
        cast(sum(next_units) over (partition by metric, channel order by week_start {{ before }}) as double)
            as next_units_before,
        count(*) over (partition by metric, channel order by week_start {{ before }}) as weeks_before
    from paired
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

scaled as (

    select
        metric,
        channel,
        next_metric,
        last_week,
        weeks_in_stretch,
        units,
        next_units,
        units_before / {{ trailing_weeks }} as trailing_mean,
        next_units_before / {{ trailing_weeks }} as next_trailing_mean,
        weeks_in_stretch / {{ trailing_weeks }}.0 as span,
        units_before * weeks_in_stretch / {{ trailing_weeks }} as expected,
        next_units_before * weeks_in_stretch / {{ trailing_weeks }} as next_expected,
        case when units_before > 0 then units / units_before end as growth,
        next_units_before
    from stretches
    where weeks_before = {{ trailing_weeks }}

),

-- Noise, in standard deviations. Twice the square root of a count has a variance of about one whatever the count
-- (Anscombe), so 1 → 2 is nothing and 1,000 → 1,200 a lot; the yardstick's own noise is in the divisor.
surprises as (

    select
        *,
        2 * (sqrt(units + 0.375) - sqrt(expected + 0.375)) / sqrt(1 + span) as rise,
        2 * (sqrt(next_units + 0.375) - sqrt(next_units_before * growth + 0.375)) / sqrt(1 + growth) as conversion
    from scaled

),

-- Many series swing more than counts of independent events would. The typical week's surprise says by how much: the
-- median of a squared standard deviate is 0.455. Median, so that the unusual weeks don't excuse themselves.
restlessness as (

    select
        metric,
        channel,
        greatest(median(rise * rise) / 0.455, 1) as dispersion
    from surprises
    where weeks_in_stretch = 1
    group by metric, channel

),

-- The definition (+20 %, -10 %) and its guard: the rise is four standard deviations or more, and the next stage is less
-- than the rise should have brought by 2.33 (one in a hundred). Of simulated clean series of 100 weeks the definition
-- alone flags two in five or more, a rise of three standard deviations one in ten, of four one in a hundred.
diverging as (

    select surprises.*
    from surprises
    inner join restlessness
        on
            surprises.metric = restlessness.metric
            and surprises.channel = restlessness.channel
    where
        surprises.units >= 1.2 * surprises.expected
        and surprises.next_expected > 0
        and surprises.next_units <= 0.9 * surprises.next_expected
        and surprises.rise / sqrt(restlessness.dispersion) >= 4
        and surprises.conversion <= -2.33

)

-- The weeks of the stretch that are themselves above the yardstick; a week in several stretches keeps the clearest.
select
    paired.metric,
    paired.channel,
    paired.week_start,
    paired.units,
    cast(diverging.trailing_mean as decimal(18, 2)) as trailing_mean,
    paired.next_metric,
    paired.next_units,
    cast(diverging.next_trailing_mean as decimal(18, 2)) as next_trailing_mean,
    cast({{ dbt.dateadd('week', '1 - diverging.weeks_in_stretch', 'diverging.last_week') }} as date) as stretch_start,
    diverging.last_week as stretch_last_week,
    cast(diverging.units as decimal(18, 2)) as stretch_units,
    cast(diverging.expected as decimal(18, 2)) as stretch_expected,
    cast(diverging.next_units as decimal(18, 2)) as next_stretch_units,
    cast(diverging.next_expected as decimal(18, 2)) as next_stretch_expected
from paired
inner join diverging
    on
        paired.metric = diverging.metric
        and paired.channel = diverging.channel
        and paired.week_start <= diverging.last_week
        and paired.week_start > {{ dbt.dateadd('week', '-diverging.weeks_in_stretch', 'diverging.last_week') }}
        and paired.units >= 1.2 * diverging.trailing_mean
qualify
    row_number() over (
        partition by paired.metric, paired.channel, paired.week_start
        order by diverging.rise desc, diverging.weeks_in_stretch asc, diverging.last_week asc
    ) = 1
