with

cohorts as (

    select * from {{ ref('int_velocity__cohorts') }}
    where is_total

)

select
    cohorts.cohort_month,
    cohorts.is_ripe,
    ripeness.ripeness,
    ripeness.ripeness_reason,
    ripeness.ripeness_cohorts,
    cohorts.people,
    cohorts.mqls,
    cohorts.accepted,
    cohorts.rejected,
    cohorts.no_response,
    cohorts.returned,
    cohorts.answered,
    cohorts.pending,
    cohorts.acceptance_rate,
    cohorts.responses,
    cohorts.late_responses,
    cohorts.median_hours_to_response,
    cohorts.hours_to_response_sum,
    cohorts.hours_to_response_count,
    cohorts.sqls,
    cohorts.opportunities,
    cohorts.won,
    cohorts.lost,
    cohorts.win_rate,
    cohorts.won_amount,
    cohorts.avg_deal_size,
    cohorts.median_cycle_days,
    cohorts.median_days_mql_to_won,
    cohorts.cycle_days_sum,
    cohorts.cycle_days_count,
    cohorts.days_mql_to_won_sum,
    cohorts.days_mql_to_won_count,
    cohorts.velocity_per_day,
    cohorts.other_opportunities,
    cohorts.other_won,
    cohorts.other_won_amount
from cohorts
left join {{ ref('int_velocity__ripeness') }} as ripeness
    on
        {{ cohort_age_months('cohorts.cohort_month') }} >= ripeness.age_from
        and {{ cohort_age_months('cohorts.cohort_month') }} < ripeness.age_until
