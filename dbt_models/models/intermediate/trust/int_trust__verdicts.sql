{#- What each verdict needs, with its reason in the model's description. -#}
{%- set traceable_from = 0.1 -%}
{%- set least_weeks = 26 -%}
{%- set least_buyers = 35 -%}
{%- set least_won_buyers = 5 -%}
{%- set luck = 1.645 -%}
{%- set trend_beyond_chance = 2.576 -%}
{%- set clear_total = 7 -%}
{%- set clear_channel = 8 -%}
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
        max(week_start) as last_divergence_week,
        max(deviations) as divergence_deviations
    from {{ ref('int_trust__divergences') }}
    group by metric, channel

),

measured as (

    select
        weeks.metric,
        weeks.channel,
        weeks.weeks,
        cast(weeks.units as decimal(18, 2)) as units,
        cast(weeks.known_units as decimal(18, 2)) as traced_units,
        coalesce(tracing.known_buyers, 0) as known_buyers,
        coalesce(tracing.effective_size, 0) as effective_size,
        cast(case when weeks.units > 0 then weeks.known_units / weeks.units end as decimal(9, 6)) as traceable_share,
        tracing.traceable_share_lower,
        tracing.traceable_share_upper,
        tracing.lead_share,
        tracing.lead_share_lower,
        tracing.lead_share_upper,
        tracing.mql_share,
        tracing.mql_share_lower,
        tracing.mql_share_upper,
        tracing.opportunity_share,
        tracing.opportunity_share_lower,
        tracing.opportunity_share_upper,
        tracing.won_share,
        tracing.won_share_lower,
        tracing.won_share_upper,
        coalesce(tracing.won_buyers, 0) as won_buyers,
        coalesce(tracing.won_opportunities, 0) as won_opportunities,
        coalesce(tracing.won_amount, 0) as won_amount,
        tracing.won_amount_per_unit,
        tracing.won_amount_per_unit_lower,
        tracing.won_amount_per_unit_upper,
        halves.days_to_won,
        halves.recent_from,
        tracing.former_won_amount_per_unit,
        tracing.recent_won_amount_per_unit,
        tracing.value_trend_deviations,
        case
            when tracing.value_trend_deviations >= {{ trend_beyond_chance }} then 'rising'
            when tracing.value_trend_deviations <= -{{ trend_beyond_chance }} then 'falling'
            when tracing.value_trend_deviations is not null then 'steady'
        end as value_trend,
        skill.lead_weeks,
        cast(skill.pipeline_skill as decimal(9, 4)) as out_of_sample_skill,
        cast(skill.pipeline_skill_error as decimal(9, 4)) as skill_error,
        cast(skill.revenue_skill as decimal(9, 4)) as revenue_skill,
        skill.held_out_weeks,
        skill.held_out_opportunities,
        coalesce(skill.pipeline_skill > 0 and skill.pipeline_skill >= {{ luck }} * skill.pipeline_skill_error, false)
            as has_skill,
        coalesce(divergences.divergence_weeks, 0) as divergence_weeks,
        divergences.last_divergence_week,
        divergences.divergence_deviations
    from weeks
    inner join {{ ref('int_trust__skill') }} as skill
        on
            weeks.metric = skill.metric
            and weeks.channel = skill.channel
    left join {{ ref('int_trust__tracing') }} as tracing
        on
            weeks.metric = tracing.metric
            and weeks.channel = tracing.channel
    left join {{ ref('int_trust__value_halves') }} as halves
        on
            weeks.metric = halves.metric
            and weeks.channel = halves.channel
    left join divergences
        on
            weeks.metric = divergences.metric
            and weeks.channel = divergences.channel

),

judged as (

    select
        *,
        case
            when
                coalesce(traceable_share_upper, traceable_share) < {{ traceable_from }}
                and not has_skill
                and weeks >= {{ least_weeks }}
                and effective_size >= {{ least_buyers }}
                then 'vanity'
            when
                divergence_deviations
                >= case when channel = 'total' then {{ clear_total }} else {{ clear_channel }} end
                then 'watch'
            when
                traceable_share >= {{ traceable_from }}
                and won_buyers >= {{ least_won_buyers }}
                and won_amount_per_unit_lower > 0
                then 'revenue_linked'
            else 'too_little_data'
        end as verdict
    from measured

)

select
    *,
    -- The first of what keeps it from a verdict.
    case
        when verdict <> 'too_little_data' then null
        when traceable_share is null then 'units'
        when traceable_share < {{ traceable_from }} and has_skill then 'tracing'
        when traceable_share < {{ traceable_from }} and weeks < {{ least_weeks }} then 'weeks'
        when traceable_share < {{ traceable_from }} then 'people'
        when won_buyers < {{ least_won_buyers }} then 'won_deals'
        else 'steadier_deals'
    end as missing
from judged
