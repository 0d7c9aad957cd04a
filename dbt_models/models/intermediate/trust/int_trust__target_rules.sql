with

targets as (

    select
        *,
        case when metric in ('visitors', 'page_views') then 'visits' else metric end as counted_metric
    from {{ ref('int_trust__targets') }}

),

evidence as (

    select
        target_id,
        rule,
        count(distinct unit_id) as failed_units
    from {{ ref('int_trust__target_evidence') }}
    group by target_id, rule

),

delivered as (

    select
        target_id,
        count(distinct unit_id) as delivered_units
    from {{ ref('int_trust__target_units') }}
    group by target_id

),

days as (

    select
        metric,
        unit_date,
        count(*) as records
    from {{ ref('int_trust__units') }}
    group by metric, unit_date

),

failed_days as (

    select
        failed_units.metric,
        failed_units.rule,
        units.unit_date,
        count(*) as records
    from {{ ref('int_trust__failed_units') }} as failed_units
    inner join {{ ref('int_trust__units') }} as units
        on
            failed_units.metric = units.metric
            and failed_units.source_system = units.source_system
            and failed_units.source_object = units.source_object
            and failed_units.source_record_id = units.source_record_id
    group by failed_units.metric, failed_units.rule, units.unit_date

),

-- Which share fails by this rule at other times, in the company's whole history outside the period.
outside as (

    select
        targets.target_id,
        sum(days.records) as records
    from targets
    inner join days
        on
            targets.counted_metric = days.metric
            and days.unit_date not between targets.period_start and targets.period_end
    group by targets.target_id

),

failed_outside as (

    select
        targets.target_id,
        failed_days.rule,
        sum(failed_days.records) as records
    from targets
    inner join failed_days
        on
            targets.counted_metric = failed_days.metric
            and failed_days.unit_date not between targets.period_start and targets.period_end
    group by targets.target_id, failed_days.rule

),

-- Some always fail, and that is no inflation. Usual is the share at other times, as if ten more had been seen and one
-- of them had failed. It never counts as more than a quarter: padding every month must not become the custom.
usual as (

    select
        evidence.target_id,
        evidence.rule,
        evidence.failed_units,
        delivered.delivered_units,
        least(
            (coalesce(failed_outside.records, 0) + 1.0) / (coalesce(outside.records, 0) + 10.0),
            0.25
        ) as usual_share
    from evidence
    inner join delivered
        on evidence.target_id = delivered.target_id
    left join outside
        on evidence.target_id = outside.target_id
    left join failed_outside
        on
            evidence.target_id = failed_outside.target_id
            and evidence.rule = failed_outside.rule

)

-- How far beyond the usual the failures are, in standard deviations: the arcsine of a share's root has the same noise
-- for small and large shares, and half a unit corrects for counts being whole.
select
    target_id,
    rule,
    failed_units,
    delivered_units,
    cast(usual_share as decimal(9, 6)) as usual_share,
    cast(
        2 * sqrt(delivered_units)
        * (asin(sqrt((failed_units - 0.5) / delivered_units)) - asin(sqrt(usual_share)))
        as decimal(9, 2)
    ) as surprise
from usual
