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

{{ ripeness_by_age('model') }}
