with

verdicts as (

    select * from {{ ref('int_trust__verdicts') }}

),

last_divergences as (

    select *
    from {{ ref('int_trust__divergences') }}
    qualify row_number() over (partition by metric, channel order by deviations desc, week_start desc) = 1

),

-- The figures behind each verdict, as half sentences.
worded as (

    select
        verdicts.*,
        case
            when verdicts.traceable_share is null then 'it has no units'
            when verdicts.known_buyers = 0
                then 'none of its ' || cast(round(verdicts.units) as bigint) || ' units belongs to anybody known'
            else
                {{ percent('round(100 * verdicts.traceable_share, 1)') }} || ' of its '
                || cast(round(verdicts.units) as bigint) || ' units belong to known people, of '
                || verdicts.known_buyers || case when verdicts.known_buyers = 1 then ' buyer' else ' buyers' end
                || ' (accounts, or people without one)'
        end as traceable_words,
        verdicts.won_buyers || ' of the buyers won '
        || verdicts.won_opportunities || case when verdicts.won_opportunities = 1 then ' deal' else ' deals' end
        || ' afterwards, and ' || {{ percent('round(100 * verdicts.won_share, 1)') }} || ' of all units led there ('
        || {{ trimmed_number('round(100 * verdicts.won_share_lower, 1)') }} || ' to '
        || {{ percent('round(100 * verdicts.won_share_upper, 1)') }} || ')' as won_words,
        cast(cast(verdicts.won_amount_per_unit as decimal(18, 2)) as {{ dbt.type_string() }})
        || ' of revenue per unit ('
        || cast(cast(verdicts.won_amount_per_unit_lower as decimal(18, 2)) as {{ dbt.type_string() }}) || ' to '
        || cast(cast(verdicts.won_amount_per_unit_upper as decimal(18, 2)) as {{ dbt.type_string() }}) || ')'
            as value_words,
        case
            when verdicts.value_trend = 'steady'
                then '; its value per unit didn''t change beyond chance'
            when verdicts.value_trend is not null
                then
                    '; its value per unit within ' || verdicts.days_to_won || ' days is ' || verdicts.value_trend
                    || ', from '
                    || cast(cast(verdicts.former_won_amount_per_unit as decimal(18, 2)) as {{ dbt.type_string() }})
                    || ' before ' || verdicts.recent_from || ' to '
                    || cast(cast(verdicts.recent_won_amount_per_unit as decimal(18, 2)) as {{ dbt.type_string() }})
                    || ' since'
            else ''
        end as trend_words,
        case
            when verdicts.out_of_sample_skill is null
                then 'its ' || verdicts.weeks || ' weeks are too few or too empty to test what it says of the pipeline'
            else
                'knowing it ' || verdicts.lead_weeks || ' weeks ahead made the forecast of new deals '
                || cast(round(abs(100 * verdicts.out_of_sample_skill), 1) as decimal(9, 1)) || ' % '
                || case when verdicts.out_of_sample_skill > 0 then 'better' else 'worse' end || ' (± '
                || cast(round(100 * verdicts.skill_error, 1) as decimal(9, 1)) || ') over ' || verdicts.held_out_weeks
                || ' weeks with ' || verdicts.held_out_opportunities || ' deals that it had not seen'
                || case
                    when verdicts.out_of_sample_skill > 0 and not verdicts.has_skill then ', which chance can do'
                    else ''
                end
        end as skill_words,
        'from ' || last_divergences.stretch_start || ' to the week of ' || last_divergences.stretch_last_week
        || ' there were ' || cast(round(last_divergences.stretch_units) as bigint) || ' where '
        || cast(round(last_divergences.stretch_expected) as bigint) || ' were usual, and '
        || last_divergences.next_metric || ' were ' || cast(round(last_divergences.next_stretch_units) as bigint)
        || ' where ' || cast(round(last_divergences.next_stretch_expected) as bigint) || ' were usual'
            as divergence_words,
        'in the month of ' || verdicts.burst_month || ' there were ' || verdicts.burst_units
        || case when verdicts.metric = 'email_opens' then ' opens' else ' visitors from ' || verdicts.burst_source end
        || ' where ' || cast(round(verdicts.burst_usual_units) as bigint) || ' are usual, and '
        || verdicts.burst_leading_units
        || case
            when verdicts.metric = 'email_opens' then ' of them led to a click' else ' of them are known people'
        end
        || ' where ' || cast(round(verdicts.burst_usually_leading) as bigint) || ' would be usual' as burst_words
    from verdicts
    left join last_divergences
        on
            verdicts.metric = last_divergences.metric
            and verdicts.channel = last_divergences.channel

),

reasoned as (

    select
        *,
        case missing
            when 'units' then 'it has no units'
            when 'weeks' then 'it has ' || weeks || ' weeks, and half a year is needed'
            when 'people'
                then
                    'it comes from too few people to say whether enough of its units can be followed ('
                    || {{ percent('round(100 * traceable_share, 1)') }}
                    || coalesce(
                        ', ' || {{ trimmed_number('round(100 * traceable_share_lower, 1)') }} || ' to '
                        || {{ percent('round(100 * traceable_share_upper, 1)') }}, ''
                    ) || ')'
            when 'tracing'
                then 'it runs ahead of the pipeline, but too few of its units can be followed to say whether they buy'
            when 'won_deals'
                then
                    'five buyers who won deals afterwards, of whom there '
                    || case won_buyers when 0 then 'is none' when 1 then 'is 1' else 'are ' || won_buyers end
            when 'steadier_deals'
                then 'more won deals of usual size: few large ones make most of its revenue, and it could be nothing'
        end as missing_words
    from worded

)

select
    metric,
    channel,
    cast(weeks as bigint) as weeks,
    units,
    traced_units,
    cast(known_buyers as bigint) as known_buyers,
    effective_size,
    traceable_share,
    traceable_share_lower,
    traceable_share_upper,
    lead_units,
    lead_share,
    lead_share_lower,
    lead_share_upper,
    mql_units,
    mql_share,
    mql_share_lower,
    mql_share_upper,
    opportunity_units,
    opportunity_share,
    opportunity_share_lower,
    opportunity_share_upper,
    won_units,
    won_share,
    won_share_lower,
    won_share_upper,
    cast(opportunity_buyers as bigint) as opportunity_buyers,
    cast(won_buyers as bigint) as won_buyers,
    cast(won_opportunities as bigint) as won_opportunities,
    won_amount,
    won_amount_per_unit,
    won_amount_per_unit_lower,
    won_amount_per_unit_upper,
    days_to_won,
    recent_from,
    former_units,
    former_won_amount,
    former_won_amount_per_unit,
    recent_units,
    recent_won_amount,
    recent_won_amount_per_unit,
    value_trend_deviations,
    value_trend,
    cast(lead_weeks as bigint) as lead_weeks,
    out_of_sample_skill,
    skill_error,
    revenue_skill,
    cast(held_out_weeks as bigint) as held_out_weeks,
    cast(held_out_opportunities as bigint) as held_out_opportunities,
    cast(divergence_weeks as bigint) as divergence_weeks,
    last_divergence_week,
    divergence_deviations,
    cast(bursts as bigint) as bursts,
    burst_month,
    verdict,
    missing,
    case
        when verdict = 'watch' and bursts > 0
            then
                'It rose by units that lead nowhere: ' || burst_words || '. Of all its weeks, ' || traceable_words
                || '.'
        when verdict = 'watch'
            then
                'It rose while the next stage fell: ' || divergence_words || '. Of all its weeks, ' || traceable_words
                || '.'
        when verdict = 'revenue_linked'
            then
                'Its units lead to revenue: ' || traceable_words || '; ' || won_words || ', ' || value_words
                || trend_words || '. Beside it, ' || skill_words || '.'
        when verdict = 'vanity'
            then
                'It can''t be followed to people and doesn''t lead: ' || traceable_words
                || case when won_buyers > 0 then '; ' || won_words else '' end || '; ' || skill_words || '.'
        when missing = 'units' then 'Too little to judge by: it has no units.'
        else
            'Too little to judge by. Missing: ' || missing_words || '. ' || upper(substr(traceable_words, 1, 1))
            || substr(traceable_words, 2) || '; ' || skill_words || '.'
    end as reason
from reasoned
