with

models as (

    select model from {{ ref('stg_reference__attribution_models') }}
    where enabled

),

spend as (

    select
        cast({{ dbt.date_trunc('month', 'spend_date') }} as date) as month,
        channel,
        cost
    from {{ ref('fct_spend') }}

),

costs as (

    select
        month,
        channel,
        sum(cost) as cost
    from spend
    group by month, channel

),

model_costs as (

    select
        costs.month,
        costs.channel,
        models.model,
        costs.cost
    from costs
    cross join models

),

people as (

    select * from {{ ref('int_returns__people') }}

),

credit_by_won_month as (

    select * from {{ ref('int_returns__deal_credit') }}

),

credit as (

    select
        month,
        channel,
        model,
        sum(opportunities) as opportunities,
        sum(customers) as customers,
        sum(pipeline_amount) as pipeline_amount,
        sum(open_amount) as open_amount,
        sum(won_amount) as won_amount
    from credit_by_won_month
    group by month, channel, model

),

-- What a cohort has won up to and including each month.
won_so_far as (

    select
        month,
        channel,
        model,
        won_month,
        sum(won_amount) over (
            partition by month, channel, model
            order by won_month asc
            rows between unbounded preceding and current row
        ) as won_amount
    from credit_by_won_month
    where won_month is not null

),

paybacks as (

    select
        model_costs.month,
        model_costs.channel,
        model_costs.model,
        min(won_so_far.won_month) as paid_back_month
    from model_costs
    inner join won_so_far
        on
            model_costs.month = won_so_far.month
            and model_costs.channel = won_so_far.channel
            and model_costs.model = won_so_far.model
            and model_costs.cost <= won_so_far.won_amount
    where model_costs.cost > 0
    group by model_costs.month, model_costs.channel, model_costs.model

),

cohorts as (

    select
        month,
        channel,
        model
    from model_costs

    union

    select
        month,
        channel,
        model
    from people

    union

    select
        month,
        channel,
        model
    from credit

),

joined as (

    select
        cohorts.month,
        {{ is_ripe('cohorts.month', 'ripening.days_to_ripen') }} as is_ripe,
        ripeness.ripeness_cohorts,
        ripeness.ripeness,
        case when cohorts.month is null then 'unknown_month' else ripeness.ripeness_reason end as ripeness_reason,
        cohorts.channel,
        cohorts.model,
        coalesce(model_costs.cost, 0) as cost,
        coalesce(people.leads, 0) as leads,
        coalesce(people.mqls, 0) as mqls,
        coalesce(people.sqls, 0) as sqls,
        coalesce(credit.opportunities, 0) as opportunities,
        coalesce(credit.customers, 0) as customers,
        coalesce(credit.pipeline_amount, 0) as pipeline_amount,
        coalesce(credit.open_amount, 0) as open_amount,
        coalesce(credit.won_amount, 0) as won_amount,
        {{ dbt.datediff('cohorts.month', 'paybacks.paid_back_month', 'month') }} as payback_months
    from cohorts
    cross join {{ ref('int_lifecycle__ripening') }} as ripening
    left join {{ ref('int_returns__ripeness') }} as ripeness
        on
            cohorts.model = ripeness.model
            and {{ cohort_age_months('cohorts.month') }} >= ripeness.age_from
            and {{ cohort_age_months('cohorts.month') }} < ripeness.age_until
    left join model_costs
        on
            cohorts.month is not distinct from model_costs.month
            and cohorts.channel = model_costs.channel
            and cohorts.model = model_costs.model
    left join people
        on
            cohorts.month is not distinct from people.month
            and cohorts.channel = people.channel
            and cohorts.model = people.model
    left join credit
        on
            cohorts.month is not distinct from credit.month
            and cohorts.channel = credit.channel
            and cohorts.model = credit.model
    left join paybacks
        on
            cohorts.month is not distinct from paybacks.month
            and cohorts.channel = paybacks.channel
            and cohorts.model = paybacks.model

)

select
    month,
    {{ month_name('month') }} as month_name,
    is_ripe,
    ripeness,
    ripeness_reason,
    cast(ripeness_cohorts as bigint) as ripeness_cohorts,
    channel,
    model,
    cast(cost as decimal(18, 2)) as cost,
    {%- for count in ['leads', 'mqls', 'sqls', 'opportunities', 'customers'] %}
    cast({{ count }} as decimal(18, 4)) as {{ count }},
    {%- endfor %}
    cast(pipeline_amount as decimal(18, 2)) as pipeline_amount,
    cast(open_amount as decimal(18, 2)) as open_amount,
    cast(won_amount as decimal(18, 2)) as won_amount,
    case when cost > 0 then cast(won_amount / cost as decimal(18, 4)) end as roas,
    -- Credit of less than a tenth of one unit says nothing about what a whole one costs.
    {%- for unit in ['lead', 'mql', 'sql', 'opportunity'] %}
    {%- set count = {'opportunity': 'opportunities'}.get(unit, unit ~ 's') %}
    case
        when cost > 0 and {{ count }} >= 0.1 then cast(cost / {{ count }} as decimal(18, 2))
    end as cost_per_{{ unit }},
    {%- endfor %}
    case when cost > 0 and customers >= 0.1 then cast(cost / customers as decimal(18, 2)) end as cac,
    payback_months
from joined
