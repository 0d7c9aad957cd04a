with

all_series as (

    select 'won_amount' as measure

),

mature_cohorts as (

    select cohort_month from {{ ref('int_velocity__cohorts') }}
    where is_total and is_ripe

),

-- What mature cohorts won as new business, by how many months it came after them.
arrivals as (

    select
        'won_amount' as measure,
        opportunities.cohort_month,
        {{ dbt.datediff('opportunities.cohort_month', 'opportunities.close_date', 'month') }} as lag_months,
        opportunities.amount as won_amount
    from {{ ref('int_velocity__opportunities') }} as opportunities
    inner join mature_cohorts
        on opportunities.cohort_month = mature_cohorts.cohort_month
    where
        opportunities.outcome = 'won'
        and opportunities.opportunity_type = 'new_business'
        and opportunities.amount <> 0

),

{{ ripeness_spans('arrivals', 'measure') }},

spans as (

    select
        measure,
        age_from,
        age_until,
        arrived
    from cumulated

    union all

    -- A cohort whose month isn't over.
    select
        measure,
        -9999 as age_from,
        0 as age_until,
        cast(null as decimal(38, 2)) as arrived
    from all_series

    union all

    select
        all_series.measure,
        0 as age_from,
        9999 as age_until,
        cast(null as decimal(38, 2)) as arrived
    from all_series
    left join learnt
        on all_series.measure = learnt.measure
    where learnt.measure is null

)

select
    spans.measure,
    cast(spans.age_from as integer) as age_from,
    cast(spans.age_until as integer) as age_until,
    cast(coalesce(learnt.cohorts, 0) as bigint) as ripeness_cohorts,
    case
        when spans.age_from >= 0 and {{ tells_ripeness('learnt.cohorts', 'learnt.whole') }}
            then {{ ripeness_share('spans.arrived', 'learnt.whole') }}
    end as ripeness,
    case
        when spans.age_from < 0 then 'month_not_over'
        when not {{ tells_ripeness('learnt.cohorts', 'learnt.whole') }} then 'too_few_cohorts'
    end as ripeness_reason
from spans
left join learnt
    on spans.measure = learnt.measure
