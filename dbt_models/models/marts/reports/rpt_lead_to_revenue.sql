with

opportunities as (

    select * from {{ ref('fct_opportunities') }}

),

persons as (

    select * from {{ ref('dim_person') }}

),

reached_stages as (

    select
        person_id,
        max(case when stage = 'mql' then 1 else 0 end) as has_mql,
        max(case when stage = 'sql' then 1 else 0 end) as has_sql
    from {{ ref('fct_lifecycle_transitions') }}
    group by person_id

),

cohort_people as (

    select
        {{ company_month('persons.created_at') }} as cohort_month,
        persons.originator_team,
        coalesce(persons.originator_source, '(none)') as originator_source,
        case when persons.is_lead then 1 else 0 end as leads,
        coalesce(reached_stages.has_mql, 0) as mqls,
        coalesce(reached_stages.has_sql, 0) as sqls
    from persons
    left join reached_stages
        on persons.person_id = reached_stages.person_id
    where persons.created_at is not null and (persons.is_lead or reached_stages.person_id is not null)

),

people as (

    select
        cohort_month,
        originator_team,
        originator_source,
        sum(leads) as leads,
        sum(mqls) as mqls,
        sum(sqls) as sqls
    from cohort_people
    group by cohort_month, originator_team, originator_source

),

-- A deal belongs to the month in which its originating person was created; a deal without one, to its own.
cohort_deals as (

    select
        {{ company_month('coalesce(originator_created_at, created_at)') }} as cohort_month,
        originator_team,
        coalesce(originator_source, '(none)') as originator_source,
        is_won,
        amount,
        origin_status,
        days_lead_to_close,
        days_opportunity_to_close
    from opportunities

),

deals as (

    select
        cohort_month,
        originator_team,
        originator_source,
        count(*) as opportunities,
        sum(case when is_won then 1 else 0 end) as won,
        sum(amount) as pipeline_amount,
        sum(case when is_won then amount else 0 end) as won_amount,
        median(case when is_won then days_lead_to_close end) as median_days_lead_to_close,
        median(case when is_won then days_opportunity_to_close end) as median_days_opportunity_to_close,
        sum(case when is_won and origin_status = 'preserved' then amount else 0 end) as revenue_origin_preserved,
        sum(case when is_won and origin_status = 'overwritten' then amount else 0 end) as revenue_origin_overwritten,
        sum(case when is_won and origin_status = 'lost' then amount else 0 end) as revenue_origin_lost,
        sum(case when is_won and origin_status = 'no_lead' then amount else 0 end) as revenue_origin_no_lead
    from cohort_deals
    group by cohort_month, originator_team, originator_source

)

select
    coalesce(people.cohort_month, deals.cohort_month) as cohort_month,
    coalesce(people.originator_team, deals.originator_team) as originator_team,
    coalesce(people.originator_source, deals.originator_source) as originator_source,
    cast(coalesce(people.leads, 0) as bigint) as leads,
    cast(coalesce(people.mqls, 0) as bigint) as mqls,
    cast(coalesce(people.sqls, 0) as bigint) as sqls,
    cast(coalesce(deals.opportunities, 0) as bigint) as opportunities,
    cast(coalesce(deals.won, 0) as bigint) as won,
    cast(coalesce(deals.pipeline_amount, 0) as decimal(18, 2)) as pipeline_amount,
    cast(coalesce(deals.won_amount, 0) as decimal(18, 2)) as won_amount,
    cast(deals.median_days_lead_to_close as decimal(9, 1)) as median_days_lead_to_close,
    cast(deals.median_days_opportunity_to_close as decimal(9, 1)) as median_days_opportunity_to_close,
    cast(coalesce(deals.revenue_origin_preserved, 0) as decimal(18, 2)) as revenue_origin_preserved,
    cast(coalesce(deals.revenue_origin_overwritten, 0) as decimal(18, 2)) as revenue_origin_overwritten,
    cast(coalesce(deals.revenue_origin_lost, 0) as decimal(18, 2)) as revenue_origin_lost,
    cast(coalesce(deals.revenue_origin_no_lead, 0) as decimal(18, 2)) as revenue_origin_no_lead
from people
full outer join deals
    on
        people.cohort_month = deals.cohort_month
        and people.originator_team = deals.originator_team
        and people.originator_source = deals.originator_source
