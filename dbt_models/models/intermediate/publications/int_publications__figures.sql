with

scorecard as (

    select * from {{ ref('rpt_revenue_scorecard') }}

),

opportunities as (

    select
        *,
        cast({{ dbt.date_trunc('month', 'close_date') }} as date) as closed_month
    from {{ ref('fct_opportunities') }}
    where is_won

),

spend as (

    select
        cast({{ dbt.date_trunc('month', 'spend_date') }} as date) as spend_month,
        channel,
        cost
    from {{ ref('fct_spend') }}

),

-- One opportunity and model at a time is what makes credit small before it meets the opportunities.
credit as (

    select
        model,
        opportunity_id,
        case
            when touchpoint_id is null then 'unattributed'
            else coalesce(channel, 'unmapped')
        end as channel,
        sum(attributed_amount) as amount
    from {{ ref('fct_attribution') }}
    where outcome = 'won'
    group by
        model,
        opportunity_id,
        case
            when touchpoint_id is null then 'unattributed'
            else coalesce(channel, 'unmapped')
        end

),

unioned as (

    select
        'won_revenue' as figure,
        month as report_month,
        '' as member,
        '' as model,
        won_amount as amount
    from scorecard

    union all

    select
        'pipeline' as figure,
        month as report_month,
        '' as member,
        '' as model,
        pipeline_created as amount
    from scorecard

    union all

    select
        'originated' as figure,
        closed_month as report_month,
        coalesce(originator_team, 'unmapped') as member,
        '' as model,
        amount
    from opportunities

    union all

    select
        'credited' as figure,
        opportunities.closed_month as report_month,
        credit.channel as member,
        credit.model,
        credit.amount
    from credit
    inner join opportunities
        on credit.opportunity_id = opportunities.opportunity_id

    union all

    select
        'mqls' as figure,
        cohort_month as report_month,
        '' as member,
        '' as model,
        mqls as amount
    from {{ ref('rpt_pipeline_velocity_total') }}

    union all

    select
        'spend' as figure,
        spend_month as report_month,
        channel as member,
        '' as model,
        cost as amount
    from spend

)

select
    figure,
    report_month,
    member,
    model,
    cast(sum(amount) as decimal(18, 2)) as amount
from unioned
group by figure, report_month, member, model
having sum(amount) <> 0
