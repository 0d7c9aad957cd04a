with

won as (

    select
        opportunity_id,
        source_system,
        amount,
        originator_user_id,
        originator_team,
        cast({{ dbt.date_trunc('month', company_date('closed_at')) }} as date) as month
    from {{ ref('fct_opportunities') }}
    where is_won and closed_at is not null

),

touched as (

    select distinct opportunity_id
    from {{ ref('fct_touch_eligibility') }}
    where status = 'eligible'

),

with_stages as (

    select distinct opportunity_id
    from {{ ref('int_crm__opportunity_history') }}
    where stage_name is not null

),

known as (

    select
        won.month,
        won.source_system,
        won.amount,
        touched.opportunity_id is not null as has_touches,
        won.originator_user_id is not null and won.originator_team <> 'unmapped' as has_creator,
        with_stages.opportunity_id is not null as has_stages
    from won
    left join touched on won.opportunity_id = touched.opportunity_id
    left join with_stages on won.opportunity_id = with_stages.opportunity_id

),

summed as (

    select
        month,
        source_system,
        count(*) as won_opportunities,
        sum(amount) as won_amount,
        sum(case when has_touches then amount else 0 end) as with_touches_amount,
        sum(case when has_creator then amount else 0 end) as with_creator_amount,
        sum(case when has_stages then amount else 0 end) as with_stages_amount
    from known
    group by month, source_system

)

select
    month,
    source_system,
    cast(won_opportunities as bigint) as won_opportunities,
    cast(won_amount as decimal(18, 2)) as won_amount,
    cast(with_touches_amount as decimal(18, 2)) as with_touches_amount,
    cast(with_creator_amount as decimal(18, 2)) as with_creator_amount,
    cast(with_stages_amount as decimal(18, 2)) as with_stages_amount,
    cast(case when won_amount > 0 then with_touches_amount * 1.0 / won_amount end as double)
        as with_touches_share,
    cast(case when won_amount > 0 then with_creator_amount * 1.0 / won_amount end as double)
        as with_creator_share,
    cast(case when won_amount > 0 then with_stages_amount * 1.0 / won_amount end as double)
        as with_stages_share
from summed
