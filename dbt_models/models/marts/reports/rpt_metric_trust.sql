with

verdicts as (

    select * from {{ ref('int_trust__verdicts') }}

),

last_divergences as (

    select *
    from {{ ref('int_trust__divergences') }}
    qualify row_number() over (partition by metric, channel order by week_start desc) = 1

),

-- The figures behind each verdict, as half sentences.
worded as (

    select
        verdicts.*,
        case
            when verdicts.traceable_share is null then 'it has no units'
            else cast(round(100 * verdicts.traceable_share) as bigint) || ' % of its units belong to known people'
        end as traceable_words,
        case
            when verdicts.out_of_sample_skill is null
                then 'its ' || verdicts.weeks || ' weeks are too few or too empty to test what it says of the pipeline'
            else
                'knowing it ' || verdicts.lead_weeks || ' weeks ahead made the forecast of new deals '
                || cast(round(abs(100 * verdicts.out_of_sample_skill), 1) as decimal(9, 1)) || ' % '
                || case when verdicts.out_of_sample_skill > 0 then 'better' else 'worse' end || ' (± '
                || cast(round(100 * verdicts.skill_error, 1) as decimal(9, 1)) || ') over ' || verdicts.held_out_weeks
                || ' weeks with ' || verdicts.held_out_opportunities || ' deals that it had not seen'
        end as skill_words,
        'from ' || last_divergences.stretch_start || ' to the week of ' || last_divergences.stretch_last_week
        || ' there were ' || cast(round(last_divergences.stretch_units) as bigint) || ' where '
        || cast(round(last_divergences.stretch_expected) as bigint) || ' were usual, and '
        || last_divergences.next_metric || ' were ' || cast(round(last_divergences.next_stretch_units) as bigint)
        || ' where ' || cast(round(last_divergences.next_stretch_expected) as bigint) || ' were usual'
            as divergence_words
    from verdicts
    left join last_divergences
        on
            verdicts.metric = last_divergences.metric
            and verdicts.channel = last_divergences.channel

)

select
    metric,
    channel,
    weeks,
    units,
    traceable_share,
    lead_weeks,
    out_of_sample_skill,
    skill_error,
    revenue_skill,
    held_out_weeks,
    held_out_opportunities,
    divergence_weeks,
    last_divergence_week,
    verdict,
    case verdict
        when 'watch'
            then
                'It rose while the next stage fell in ' || divergence_weeks || ' weeks: ' || divergence_words
                || '. Of all its weeks, ' || traceable_words || '.'
        when 'revenue_linked' then 'It tells the pipeline to come: ' || skill_words || '; ' || traceable_words || '.'
        when 'vanity' then 'It says nothing of the pipeline to come: ' || skill_words || '; ' || traceable_words || '.'
        else 'The weeks there are can''t tell: ' || skill_words || '; ' || traceable_words || '.'
    end as reason
from worded
