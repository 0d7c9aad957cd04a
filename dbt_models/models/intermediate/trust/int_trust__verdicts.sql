{#- What each verdict needs, with its reason in the model's description. -#}
{%- set least_weeks = 26 -%}
{%- set least_buyers = 35 -%}
{%- set least_dealing_buyers = 5 -%}
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

-- Which metrics a burst of units that lead nowhere makes doubtful: each in its channel and in total.
burst_metrics as (

    select
        pairs.burst_metric,
        pairs.metric
    from (
        values
        ('visits', 'visits'),
        ('visits', 'visitors'),
        ('visits', 'page_views'),
        ('email_opens', 'email_opens')
    ) as pairs (burst_metric, metric)

),

bursts as (

    select
        burst_metrics.metric,
        in_channels.counted_channel as channel,
        in_channels.source as burst_source,
        in_channels.month as burst_month,
        in_channels.units as burst_units,
        in_channels.usual_units as burst_usual_units,
        in_channels.leading_units as burst_leading_units,
        in_channels.usually_leading as burst_usually_leading,
        count(*) over (partition by burst_metrics.metric, in_channels.counted_channel) as bursts
    from (
        select
            *,
            channel as counted_channel
        from {{ ref('int_trust__bursts') }}

        union all

        select
            *,
            'total' as counted_channel
        from {{ ref('int_trust__bursts') }}
    ) as in_channels
    inner join burst_metrics
        on in_channels.metric = burst_metrics.burst_metric
    -- The clearest one is named.
    qualify
        row_number() over (
            partition by burst_metrics.metric, in_channels.counted_channel
            order by
                in_channels.deviations desc,
                in_channels.month desc,
                in_channels.channel asc,
                in_channels.source asc
        ) = 1

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
        coalesce(tracing.lead_units, 0) as lead_units,
        tracing.lead_share,
        tracing.lead_share_lower,
        tracing.lead_share_upper,
        coalesce(tracing.mql_units, 0) as mql_units,
        tracing.mql_share,
        tracing.mql_share_lower,
        tracing.mql_share_upper,
        coalesce(tracing.opportunity_units, 0) as opportunity_units,
        tracing.opportunity_share,
        tracing.opportunity_share_lower,
        tracing.opportunity_share_upper,
        coalesce(tracing.won_units, 0) as won_units,
        tracing.won_share,
        tracing.won_share_lower,
        tracing.won_share_upper,
        coalesce(tracing.opportunity_buyers, 0) as opportunity_buyers,
        coalesce(tracing.won_buyers, 0) as won_buyers,
        coalesce(tracing.won_opportunities, 0) as won_opportunities,
        coalesce(tracing.won_amount, 0) as won_amount,
        tracing.won_amount_per_unit,
        tracing.won_amount_per_unit_lower,
        tracing.won_amount_per_unit_upper,
        halves.days_to_won,
        halves.recent_from,
        tracing.former_units,
        tracing.former_won_amount,
        tracing.former_won_amount_per_unit,
        tracing.recent_units,
        tracing.recent_won_amount,
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
        divergences.divergence_deviations,
        coalesce(bursts.bursts, 0) as bursts,
        bursts.burst_source,
        bursts.burst_month,
        bursts.burst_units,
        bursts.burst_usual_units,
        bursts.burst_leading_units,
        bursts.burst_usually_leading,
        run_context.traceable_from_percent / 100.0 as traceable_from
    from weeks
    cross join {{ ref('stg_reference__run_context') }} as run_context
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
    left join bursts
        on
            weeks.metric = bursts.metric
            and weeks.channel = bursts.channel

),

-- Whoever bought can be followed, however few the others are.
untraceable as (

    select
        *,
        coalesce(traceable_share_upper, traceable_share) < traceable_from
        and opportunity_buyers < {{ least_dealing_buyers }} as is_untraceable,
        traceable_share < traceable_from and opportunity_buyers < {{ least_dealing_buyers }} as may_be_untraceable
    from measured

),

judged as (

    select
        *,
        case
            when
                is_untraceable
                and not has_skill
                and weeks >= {{ least_weeks }}
                and effective_size >= {{ least_buyers }}
                then 'vanity'
            when
                bursts > 0
                or divergence_deviations
                >= case when channel = 'total' then {{ clear_total }} else {{ clear_channel }} end
                then 'watch'
            when
                won_buyers >= {{ least_dealing_buyers }}
                and won_amount_per_unit_lower > 0
                then 'revenue_linked'
            else 'too_little_data'
        end as verdict
    from untraceable

)

select
    *,
    -- The first of what keeps it from a verdict.
    case
        when verdict <> 'too_little_data' then null
        when traceable_share is null then 'units'
        when may_be_untraceable and has_skill then 'tracing'
        when may_be_untraceable and weeks < {{ least_weeks }} then 'weeks'
        when may_be_untraceable then 'people'
        when won_buyers < {{ least_dealing_buyers }} then 'won_deals'
        else 'steadier_deals'
    end as missing
from judged
