select
    opportunities.opportunity_id,
    opportunities.person_id,
    opportunities.occurrence,
    later_opportunities.occurrence as refused_occurrence,
    opportunities.cohort_month,
    opportunities.cycle_days,
    opportunities.days_mql_to_close
from {{ ref('int_velocity__opportunities') }} as opportunities
left join {{ ref('int_velocity__later_opportunities') }} as later_opportunities
    on opportunities.opportunity_id = later_opportunities.opportunity_id
