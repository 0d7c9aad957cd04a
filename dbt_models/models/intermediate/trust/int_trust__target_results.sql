with

-- A unit counts once, however many records and rules are behind it.
delivered_units as (

    select
        target_id,
        unit_id,
        max(quantity) as quantity
    from {{ ref('int_trust__target_units') }}
    group by target_id, unit_id

),

failed_units as (

    select distinct
        target_id,
        unit_id
    from {{ ref('int_trust__target_evidence') }}

),

counted as (

    select
        delivered_units.target_id,
        sum(delivered_units.quantity) as delivered,
        sum(case when failed_units.unit_id is null then delivered_units.quantity else 0 end) as verified,
        count(*) as delivered_units,
        count(failed_units.unit_id) as failed_units
    from delivered_units
    left join failed_units
        on
            delivered_units.target_id = failed_units.target_id
            and delivered_units.unit_id = failed_units.unit_id
    group by delivered_units.target_id

),

surprises as (

    select
        target_id,
        max(surprise) as surprise
    from {{ ref('int_trust__target_rules') }}
    group by target_id

),

-- Of so many comparisons the largest surprise is by chance what a single one of three standard deviations is: a normal
-- tail falls with the exponential of half its square.
families as (

    select
        targets.metric,
        sqrt(9 + 2 * ln(count(*))) as inflated_from
    from {{ ref('int_trust__targets') }} as targets
    inner join {{ ref('int_trust__target_rules') }} as rules
        on targets.target_id = rules.target_id
    group by targets.metric

),

-- A metric that the warehouse has never seen a unit of can't be missed: nobody delivers it here.
measured_metrics as (

    select distinct metric from {{ ref('int_trust__metric_units') }}

),

results as (

    select
        targets.*,
        case when measured_metrics.metric is not null then coalesce(counted.delivered, 0) end as delivered,
        case when measured_metrics.metric is not null then coalesce(counted.verified, 0) end as verified,
        coalesce(counted.delivered_units, 0) as delivered_units,
        coalesce(counted.failed_units, 0) as failed_units,
        coalesce(surprises.surprise, 0) as surprise,
        cast(families.inflated_from as decimal(9, 2)) as inflated_from
    from {{ ref('int_trust__targets') }} as targets
    left join measured_metrics
        on targets.metric = measured_metrics.metric
    left join counted
        on targets.target_id = counted.target_id
    left join surprises
        on targets.target_id = surprises.target_id
    left join families
        on targets.metric = families.metric

)

-- Verified: what held up reaches the target. Inflated and doubtful: only what was delivered reaches it. Inflated asks
-- that by one rule more failed than usual, beyond three standard deviations over all comparisons of the metric's
-- targets: three for a single one, 3.7 for ten, 4.3 for a hundred. Below that chance can't be excluded, and the target
-- is still not reached by what held up.
select
    target_id,
    metric,
    period_start,
    period_end,
    owner_user_id,
    owner,
    target,
    bonus_amount,
    delivered,
    verified,
    delivered_units,
    failed_units,
    surprise,
    inflated_from,
    case
        when delivered is null then 'not_measured'
        when delivered < target then 'missed'
        when verified >= target then 'verified'
        when surprise >= inflated_from then 'inflated'
        else 'doubtful'
    end as verdict
from results
