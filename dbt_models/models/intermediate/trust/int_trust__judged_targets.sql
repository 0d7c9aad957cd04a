with

results as (

    select * from {{ ref('int_trust__target_results') }}

),

worded_rules as (

    select
        target_id,
        failed_units,
        rule,
        surprise,
        failed_units || ' ' || replace(rule, '_', ' ') || ' (usual '
        || cast(round(100 * usual_share, 1) as decimal(9, 1)) || ' %)' as words
    from {{ ref('int_trust__target_rules') }}

),

rules as (

    select
        target_id,
        {{ dbt.listagg('words', "', '", 'order by failed_units desc, rule asc') }} as words,
        sum(failed_units) as broken_rules
    from worded_rules
    group by target_id

),

-- The rule by which most more failed than usual: it carries the verdict.
leading_rules as (

    select
        target_id,
        replace(rule, '_', ' ') as rule,
        surprise
    from worded_rules
    qualify row_number() over (partition by target_id order by surprise desc, rule asc) = 1

)

select
    results.target_id,
    results.metric,
    results.period_start,
    results.period_end,
    results.owner,
    results.owner_user_id,
    cast(results.target as decimal(18, 2)) as target,
    cast(results.delivered as decimal(18, 2)) as delivered,
    cast(results.verified as decimal(18, 2)) as verified,
    cast(results.failed_units as bigint) as evidence_units,
    results.bonus_amount,
    results.verdict,
    case
        when results.verdict = 'not_measured' then 'Nothing of this metric is delivered here.'
        when results.failed_units = 0 then 'Every delivered unit held up.'
        else
            results.failed_units || ' of ' || results.delivered_units || ' did not hold up: ' || rules.words
            -- The numbers per rule add up to more than the units where a unit broke several.
            || case
                when rules.broken_rules > results.failed_units
                    then '; a unit that broke several rules is counted once'
                else ''
            end
            || case
                when results.verdict = 'verified' then '. The target is reached without them.'
                when results.verdict = 'doubtful' and leading_rules.surprise >= 2
                    then
                        '. Without them the target is not reached. More than usual failed by ' || leading_rules.rule
                        || ' (' || leading_rules.surprise || ' standard deviations), which chance can still do.'
                when results.verdict = 'doubtful'
                    then '. Without them the target is not reached. By no rule did clearly more fail than usual.'
                else '.'
            end
    end as evidence
from results
left join rules
    on results.target_id = rules.target_id
left join leading_rules
    on results.target_id = leading_rules.target_id
