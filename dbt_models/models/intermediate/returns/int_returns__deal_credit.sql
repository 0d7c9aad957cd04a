with

opportunities as (

    select
        journeys.opportunity_key,
        journeys.outcome,
        coalesce(
            journeys.created_at,
            case when coalesce(journeys.closed_at_precision, '') <> 'unknown' then journeys.closed_at end
        ) as created_at,
        case
            when journeys.outcome = 'won' and coalesce(journeys.closed_at_precision, '') <> 'unknown'
                then {{ company_month('journeys.closed_at') }}
        end as won_month,
        -- Without an account each opportunity is a customer of its own.
        journeys.outcome = 'won'
        and row_number() over (
            partition by coalesce(revenue.account_id, revenue.opportunity_id), journeys.outcome
            order by journeys.closed_at asc, journeys.opportunity_id asc
        ) = 1 as is_first_win
    from {{ ref('int_journeys__opportunities') }} as journeys
    inner join {{ ref('int_revenue__opportunities') }} as revenue
        on journeys.opportunity_id = revenue.opportunity_id

),

-- Money belongs to the month of the touch that earned it; credit without a touch to the month of its opportunity.
credit as (

    select
        {{ company_month('coalesce(touches.occurred_at, opportunities.created_at)') }} as month,
        coalesce(touches.channel, 'unattributed') as channel,
        credit.model,
        opportunities.outcome,
        opportunities.won_month,
        opportunities.is_first_win,
        cast(credit.weight as decimal(18, 12)) as weight,
        credit.attributed_amount
    from {{ ref('int_attribution__credit') }} as credit
    inner join opportunities
        on credit.opportunity_key = opportunities.opportunity_key
    left join {{ ref('int_touchpoints__touches') }} as touches
        on credit.touch_key = touches.touch_key

)

select
    month,
    channel,
    model,
    won_month,
    sum(weight) as opportunities,
    sum(case when is_first_win then weight else 0 end) as customers,
    sum(attributed_amount) as pipeline_amount,
    sum(case when outcome = 'open' then attributed_amount else 0 end) as open_amount,
    sum(case when outcome = 'won' then attributed_amount else 0 end) as won_amount
from credit
group by month, channel, model, won_month
