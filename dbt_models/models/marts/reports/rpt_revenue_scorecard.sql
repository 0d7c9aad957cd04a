with

opportunities as (

    select
        *,
        {{ company_month('created_at') }} as created_month,
        cast({{ dbt.date_trunc('month', 'close_date') }} as date) as closed_month
    from {{ ref('fct_opportunities') }}

),

won as (

    select
        {{ month_name('closed_month') }} as month_name,
        count(*) as won,
        sum(amount) as won_amount,
        sum(case when opportunity_type in ('expansion', 'upsell') then amount else 0 end) as expansion_amount,
        sum(case when opportunity_type = 'upsell' then amount else 0 end) as upsell_amount,
        sum(case when opportunity_type = 'renewal' then amount else 0 end) as renewal_amount,
        sum(case when opportunity_type = 'unmapped' then amount else 0 end) as unmapped_amount,
        sum(case when originator_team = 'marketing' then amount else 0 end) as marketing_originated,
        sum(case when originator_team = 'sales' then amount else 0 end) as sales_originated,
        sum(case when originator_team = 'partner' then amount else 0 end) as partner_originated,
        sum(case when originator_team = 'service' then amount else 0 end) as service_originated,
        avg(case when opportunity_type = 'new_business' then days_lead_to_close end)
            as average_days_lead_to_close,
        median(case when opportunity_type = 'new_business' then days_lead_to_close end)
            as median_days_lead_to_close,
        sum(case when opportunity_type = 'new_business' then days_lead_to_close end) as days_lead_to_close_sum,
        count(case when opportunity_type = 'new_business' then days_lead_to_close end) as days_lead_to_close_count,
        sum(case when opportunity_type = 'new_business' then days_opportunity_to_close end)
            as days_opportunity_to_close_sum,
        count(case when opportunity_type = 'new_business' then days_opportunity_to_close end)
            as days_opportunity_to_close_count,
        avg(case when opportunity_type = 'new_business' then days_opportunity_to_close end)
            as average_days_opportunity_to_close,
        median(case when opportunity_type = 'new_business' then days_opportunity_to_close end)
            as median_days_opportunity_to_close
    from opportunities
    where is_won
    group by {{ month_name('closed_month') }}

),

created as (

    select
        {{ month_name('created_month') }} as month_name,
        count(*) as opportunities_created,
        sum(amount) as pipeline_created
    from opportunities
    group by {{ month_name('created_month') }}

),

account_lifecycle as (

    select
        cast({{ dbt.date_trunc('month', 'entered_date') }} as date) as entered_month,
        churned_amount,
        contraction_amount
    from {{ ref('fct_account_lifecycle') }}

),

customers as (

    select
        {{ month_name('entered_month') }} as month_name,
        sum(churned_amount) as churned_amount,
        sum(contraction_amount) as contraction_amount
    from account_lifecycle
    group by {{ month_name('entered_month') }}

),

retention as (

    select * from {{ ref('int_lifecycle__monthly_retention') }}

),

money_months as (

    select closed_month as month from opportunities
    where is_won
    union
    select created_month as month from opportunities
    union
    select entered_month as month from account_lifecycle

),

days as (

    {{ date_series('(select min(month) from money_months)', company_date(run_setting('as_of'))) }}

),

-- Every month between the first opportunity and AS_OF, any other in which money was booked, and the unknown one.
months as (

    select date_day as month
    from days
    where extract(day from date_day) = 1

    union

    select month from money_months

),

named_months as (

    select
        month,
        {{ month_name('month') }} as month_name
    from months

)

select
    months.month,
    months.month_name,
    {{ is_partial_month('months.month') }} as is_partial,
    cast(coalesce(won.won_amount, 0) as decimal(18, 2)) as won_amount,
    cast(coalesce(won.won, 0) as bigint) as won,
    cast(
        coalesce(won.won_amount - won.expansion_amount - won.renewal_amount - won.unmapped_amount, 0) as decimal(18, 2)
    ) as new_amount,
    cast(coalesce(won.expansion_amount, 0) as decimal(18, 2)) as expansion_amount,
    cast(coalesce(won.upsell_amount, 0) as decimal(18, 2)) as upsell_amount,
    cast(coalesce(won.renewal_amount, 0) as decimal(18, 2)) as renewal_amount,
    cast(coalesce(won.unmapped_amount, 0) as decimal(18, 2)) as unmapped_amount,
    cast(coalesce(customers.churned_amount, 0) as decimal(18, 2)) as churned_amount,
    cast(coalesce(customers.contraction_amount, 0) as decimal(18, 2)) as contraction_amount,
    cast(coalesce(won.marketing_originated, 0) as decimal(18, 2)) as marketing_originated,
    cast(coalesce(won.sales_originated, 0) as decimal(18, 2)) as sales_originated,
    cast(coalesce(won.partner_originated, 0) as decimal(18, 2)) as partner_originated,
    cast(
        coalesce(
            won.won_amount - won.marketing_originated - won.sales_originated - won.partner_originated, 0
        ) as decimal(18, 2)
    ) as unknown_originated,
    cast(coalesce(won.service_originated, 0) as decimal(18, 2)) as service_originated,
    cast(coalesce(created.pipeline_created, 0) as decimal(18, 2)) as pipeline_created,
    cast(coalesce(created.opportunities_created, 0) as bigint) as opportunities_created,
    cast(retention.start_amount as decimal(18, 2)) as retention_start_amount,
    cast(retention.end_amount as decimal(18, 2)) as retention_end_amount,
    cast(retention.kept_amount as decimal(18, 2)) as retention_kept_amount,
    cast(retention.customers as bigint) as retention_customers,
    cast(retention.nrr as decimal(18, 6)) as nrr,
    cast(retention.grr as decimal(18, 6)) as grr,
    cast(won.average_days_lead_to_close as decimal(9, 1)) as average_days_lead_to_close,
    cast(won.median_days_lead_to_close as decimal(9, 1)) as median_days_lead_to_close,
    cast(won.average_days_opportunity_to_close as decimal(9, 1)) as average_days_opportunity_to_close,
    cast(won.median_days_opportunity_to_close as decimal(9, 1)) as median_days_opportunity_to_close,
    cast(coalesce(won.days_lead_to_close_sum, 0) as bigint) as days_lead_to_close_sum,
    cast(coalesce(won.days_lead_to_close_count, 0) as bigint) as days_lead_to_close_count,
    cast(coalesce(won.days_opportunity_to_close_sum, 0) as bigint) as days_opportunity_to_close_sum,
    cast(coalesce(won.days_opportunity_to_close_count, 0) as bigint) as days_opportunity_to_close_count
from named_months as months
left join won
    on months.month_name = won.month_name
left join created
    on months.month_name = created.month_name
left join customers
    on months.month_name = customers.month_name
left join retention
    on months.month = retention.month_start
