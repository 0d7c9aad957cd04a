with

weeks as (

    select
        metric,
        channel,
        count(*) as weeks,
        sum(units) as units,
        sum(known_units) as known_units
    from {{ ref('int_trust__metric_weeks') }}
    -- What everything else is measured against has no verdict of its own.
    where metric not in ('opportunities', 'won_amount')
    group by metric, channel

),

divergences as (

    select
        metric,
        channel,
        count(*) as divergence_weeks,
        max(week_start) as last_divergence_week
    from {{ ref('int_trust__divergences') }}
    group by metric, channel

),

measured as (

    select
        weeks.metric,
        weeks.channel,
        weeks.weeks,
        cast(weeks.units as decimal(18, 2)) as units,
        cast(case when weeks.units > 0 then weeks.known_units / weeks.units end as decimal(9, 6)) as traceable_share,
        skill.lead_weeks,
        cast(skill.pipeline_skill as decimal(9, 4)) as out_of_sample_skill,
        cast(skill.pipeline_skill_error as decimal(9, 4)) as skill_error,
        cast(skill.revenue_skill as decimal(9, 4)) as revenue_skill,
        skill.held_out_weeks,
        skill.held_out_opportunities,
        coalesce(divergences.divergence_weeks, 0) as divergence_weeks,
        divergences.last_divergence_week
    from weeks
    inner join {{ ref('int_trust__skill') }} as skill
        on
            weeks.metric = skill.metric
            and weeks.channel = skill.channel
    left join divergences
        on
            weeks.metric = divergences.metric
            and weeks.channel = divergences.channel

)

-- Divergence first: it is a warning, whatever the metric was worth before. Skill counts from 1.645 standard errors on:
-- a model with one more coefficient starts behind, so that luck reaches this in one series of fifty, and any skill at
-- all in one of five. A metric is called vanity only where skill could have shown, in 26 held-out weeks with a hundred
-- deals or more (their noise is then a tenth), and when fewer than one unit in ten belongs to somebody known. What is
-- left can't be told from these weeks: it says so instead of guessing.
select
    *,
    case
        when divergence_weeks > 0 then 'watch'
        when out_of_sample_skill > 0 and out_of_sample_skill >= 1.645 * skill_error then 'revenue_linked'
        when
            traceable_share < 0.1
            and out_of_sample_skill <= 0
            and held_out_weeks >= 26
            and held_out_opportunities >= 100
            then 'vanity'
        else 'too_little_data'
    end as verdict
from measured
