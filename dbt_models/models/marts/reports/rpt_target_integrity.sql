with

results as (

    select * from {{ ref('int_trust__target_results') }}

),

worded_rules as (

    select
        target_id,
        failed_units,
        rule,
        failed_units || ' ' || replace(rule, '_', ' ') || ' (usual '
        || cast(round(100 * usual_share, 1) as decimal(9, 1)) || ' %)' as words
    from {{ ref('int_trust__target_rules') }}

),

rules as (

    select
        target_id,
        {{ dbt.listagg('words', "', '", 'order by failed_units desc, rule asc') }} as words
    from worded_rules
    group by target_id

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
    cast(results.delivered - results.verified as decimal(18, 2)) as gap,
    cast(results.failed_units as bigint) as evidence_units,
    results.bonus_amount,
    case
        when results.verdict = 'inflated' then coalesce(results.bonus_amount, cast(0 as decimal(18, 2)))
        else cast(0 as decimal(18, 2))
    end as bonus_at_stake,
    results.verdict,
    case
        when results.verdict = 'not_measured' then 'Nothing of this metric is delivered here.'
        when results.failed_units = 0 then 'Every delivered unit held up.'
        else
            results.failed_units || ' of ' || results.delivered_units || ' did not hold up: ' || rules.words
            || case
                when results.verdict = 'verified' and results.verified < results.target
                    then '. Without them the target is missed, but as many fail at other times.'
                else '.'
            end
    end as evidence
from results
left join rules
    on results.target_id = rules.target_id
