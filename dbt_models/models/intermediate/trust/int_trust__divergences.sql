{#- Up to how many weeks a rise may last to be measured as one; the weeks before it that the definition compares it
    with; and the quarter before it that chance is judged by: four weeks are too noisy a yardstick for that. -#}
{%- set longest_stretch = 4 -%}
{%- set trailing_weeks = 4 -%}
{%- set quarter_weeks = 13 -%}
{#- A rise says at most so much, in standard deviations: the shortfall must say the rest. -#}
{%- set most_rise = 5 -%}
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
        ('ad_clicks', 'visits_from_ads'),
        ('email_opens', 'email_clicks'),
        ('email_clicks', 'leads_from_email'),
        ('page_views', 'leads'),
        ('visits', 'leads'),
        ('visitors', 'leads'),
        ('leads', 'mqls'),
        ('mqls', 'sqls'),
        ('sqls', 'opportunities')
    ) as pairs (metric, next_metric)

),

-- Clicks on ads bring visits through the channels that have ads; the other visits say nothing of them.
ad_channels as (

    select distinct channel
    from weeks
    where metric = 'ad_clicks' and channel <> 'total'

),

visits_from_ads as (

    select
        weeks.channel,
        weeks.week_start,
        weeks.units
    from weeks
    inner join ad_channels
        on weeks.channel = ad_channels.channel
    where weeks.metric = 'visits'

),

-- Clicks in e-mails bring leads through e-mail; the other leads say nothing of them.
leads_from_email as (

    select
        week_start,
        units
    from weeks
    where metric = 'leads' and channel = 'email'

),

next_stages as (

    select
        metric,
        channel,
        week_start,
        units
    from weeks

    union all

    select
        'leads_from_email' as metric,
        channels.channel,
        leads_from_email.week_start,
        leads_from_email.units
    from leads_from_email
    cross join (values ('email'), ('total')) as channels (channel)

    union all

    select
        'visits_from_ads' as metric,
        channel,
        week_start,
        units
    from visits_from_ads

    union all

    select
        'visits_from_ads' as metric,
        'total' as channel,
        week_start,
        sum(units) as units
    from visits_from_ads
    group by week_start

),

paired as (

    select
        weeks.metric,
        weeks.channel,
        weeks.week_start,
        row_number() over (partition by weeks.metric, weeks.channel order by weeks.week_start) as week_number,
        weeks.units,
        next_weeks.metric as next_metric,
        next_weeks.units as next_units
    from weeks
    inner join stages
        on weeks.metric = stages.metric
    inner join next_stages as next_weeks
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
    {%- set quarter = 'rows between ' ~ (length + quarter_weeks - 1) ~ ' preceding and ' ~ length ~ ' preceding' %}
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
        cast(sum(units) over (partition by metric, channel order by week_start {{ quarter }}) as double)
            as quarter_units,
        cast(sum(units * week_number) over (partition by metric, channel order by week_start {{ quarter }}) as double)
            as quarter_moment,
        week_number,
        cast(sum(next_units) over (partition by metric, channel order by week_start {{ quarter }}) as double)
            as next_quarter_units,
        count(*) over (partition by metric, channel order by week_start {{ quarter }}) as quarter_weeks
    from paired
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

-- Where the quarter's own trend leads to: growth goes on, and is no rise. The trend is the straight line through the
-- thirteen weeks, whose squared distances from their middle sum to 182.
trends as (

    select
        *,
        6 + (weeks_in_stretch + 1) / 2.0 as weeks_from_middle,
        (quarter_moment - (week_number - weeks_in_stretch - 6) * quarter_units) / 182 as weekly_growth
    from stretches
    where quarter_weeks = {{ quarter_weeks }}

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
        units_before * weeks_in_stretch / {{ trailing_weeks }} as expected,
        next_units_before * weeks_in_stretch / {{ trailing_weeks }} as next_expected,
        weeks_in_stretch * (1.0 / quarter_weeks + weeks_from_middle * weeks_from_middle / 182) as span,
        -- A quarter that fell doesn't make a return to its mean a rise.
        weeks_in_stretch * (quarter_units / quarter_weeks + greatest(weekly_growth, 0) * weeks_from_middle)
            as usual_units,
        next_quarter_units,
        case when quarter_units > 0 then units / quarter_units end as growth
    from trends

),

-- Noise, in standard deviations. Twice the square root of a count has a variance of about one whatever the count
-- (Anscombe), so 1 → 2 is nothing and 1,000 → 1,200 a lot; the yardstick's own noise is in the divisor. The shortfall
-- is what the next stage is below what the rise should have brought at the quarter's rate.
surprises as (

    select
        *,
        {{ count_deviations('units', 'usual_units') }} / sqrt(1 + span) as rise,
        {{ count_deviations('next_quarter_units * growth', 'next_units') }} / sqrt(1 + growth) as shortfall,
        {{ count_deviations('units', 'expected') }} / sqrt(1.25) as week_to_month
    from scaled

),

-- Many series swing more than counts of independent events would. The typical week's surprise says by how much: the
-- median of a squared standard deviate is 0.455. Median, so that the unusual weeks don't excuse themselves.
restlessness as (

    select
        metric,
        channel,
        greatest(median(week_to_month * week_to_month) / 0.455, 1) as dispersion
    from surprises
    where weeks_in_stretch = 1
    group by metric, channel

),

judged as (

    select
        surprises.*,
        least(surprises.rise / sqrt(restlessness.dispersion), {{ most_rise }}) as steady_rise
    from surprises
    inner join restlessness
        on
            surprises.metric = restlessness.metric
            and surprises.channel = restlessness.channel

),

-- The definition (+20 %, -10 %) and its guard: rise and shortfall are two standard deviations or more each, and 6.5
-- together; of a channel 8, since a company has eight times as many series of channels. Without the guard the
-- definition finds visits diverging in nearly every clean company. A rise counts for five at most: however large it is,
-- it is only hollow if the next stage falls short as well.
diverging as (

    select *
    from judged
    where
        units >= 1.2 * expected
        and next_expected > 0
        and next_units <= 0.9 * next_expected
        and steady_rise >= 2
        and shortfall >= 2
        and steady_rise + shortfall >= case when channel = 'total' then 6.5 else 8 end

)

-- The weeks of the stretch that are themselves above the yardstick; a week in several stretches keeps the clearest.
select
    paired.metric,
    paired.channel,
    paired.week_start,
    paired.units,
    cast(diverging.trailing_mean as decimal(18, 2)) as trailing_mean,
    paired.next_metric,
    cast(paired.next_units as decimal(18, 2)) as next_units,
    cast(diverging.next_trailing_mean as decimal(18, 2)) as next_trailing_mean,
    cast({{ dbt.dateadd('week', '1 - diverging.weeks_in_stretch', 'diverging.last_week') }} as date) as stretch_start,
    diverging.last_week as stretch_last_week,
    cast(diverging.units as decimal(18, 2)) as stretch_units,
    cast(diverging.expected as decimal(18, 2)) as stretch_expected,
    cast(diverging.next_units as decimal(18, 2)) as next_stretch_units,
    cast(diverging.next_expected as decimal(18, 2)) as next_stretch_expected,
    cast(diverging.steady_rise + diverging.shortfall as decimal(9, 2)) as deviations
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
