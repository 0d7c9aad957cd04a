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

{{ ripeness_by_age('measure') }}
