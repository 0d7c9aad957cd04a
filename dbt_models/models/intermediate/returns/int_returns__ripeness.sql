with

all_series as (

    select model from {{ ref('stg_reference__attribution_models') }}
    where enabled

),

-- What mature months won, by how many months it came after them.
arrivals as (

    select
        credit.model,
        credit.month as cohort_month,
        {{ dbt.datediff('credit.month', 'credit.won_month', 'month') }} as lag_months,
        credit.won_amount
    from {{ ref('int_returns__deal_credit') }} as credit
    cross join {{ ref('int_lifecycle__ripening') }} as ripening
    where
        credit.won_month is not null
        and credit.won_amount <> 0
        and {{ is_ripe('credit.month', 'ripening.days_to_ripen') }}

),

{{ ripeness_spans('arrivals', 'model') }},

spans as (

    select
        model,
        age_from,
        age_until,
        arrived
    from cumulated

    union all

    -- A cohort whose month isn't over.
    select
        model,
        -9999 as age_from,
        0 as age_until,
        cast(null as decimal(38, 2)) as arrived
    from all_series

    union all

    select
        all_series.model,
        0 as age_from,
        9999 as age_until,
        cast(null as decimal(38, 2)) as arrived
    from all_series
    left join learnt
        on all_series.model = learnt.model
    where learnt.model is null

)

select
    spans.model,
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
    on spans.model = learnt.model
