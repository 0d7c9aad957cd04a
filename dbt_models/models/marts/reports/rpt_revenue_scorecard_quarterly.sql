with

months as (

    select
        *,
        cast({{ dbt.date_trunc('quarter', 'month') }} as date) as quarter
    from {{ ref('rpt_revenue_scorecard') }}

),

-- Amounts and counts of a quarter are those of its months.
summed as (

    select
        quarter,
        {{ quarter_name('quarter') }} as quarter_name,
        count(*) as months,
        {%- for amount in [
            'won_amount', 'new_amount', 'expansion_amount', 'upsell_amount', 'renewal_amount', 'unmapped_amount',
            'churned_amount', 'contraction_amount', 'marketing_originated', 'sales_originated', 'partner_originated',
            'unknown_originated', 'service_originated', 'pipeline_created'
        ] %}
        cast(sum({{ amount }}) as decimal(18, 2)) as {{ amount }},
        {%- endfor %}
        {%- for count in [
            'won', 'opportunities_created', 'days_lead_to_close_sum', 'days_lead_to_close_count',
            'days_opportunity_to_close_sum', 'days_opportunity_to_close_count'
        ] %}
        cast(sum({{ count }}) as bigint) as {{ count }},
        {%- endfor %}
        max(case when retention_start_amount is not null then month end) as retention_month
    from months
    group by quarter, {{ quarter_name('quarter') }}

),

won as (

    select
        cast({{ dbt.date_trunc('quarter', 'close_date') }} as date) as quarter,
        days_lead_to_close,
        days_opportunity_to_close
    from {{ ref('fct_opportunities') }}
    where is_won and opportunity_type = 'new_business'

),

medians as (

    select
        {{ quarter_name('quarter') }} as quarter_name,
        median(days_lead_to_close) as median_days_lead_to_close,
        median(days_opportunity_to_close) as median_days_opportunity_to_close
    from won
    group by {{ quarter_name('quarter') }}

)

select
    summed.quarter,
    summed.quarter_name,
    {{ is_partial_quarter('summed.quarter') }} as is_partial,
    cast(summed.months as bigint) as months,
    summed.won_amount,
    summed.won,
    summed.new_amount,
    summed.expansion_amount,
    summed.upsell_amount,
    summed.renewal_amount,
    summed.unmapped_amount,
    summed.churned_amount,
    summed.contraction_amount,
    summed.marketing_originated,
    summed.sales_originated,
    summed.partner_originated,
    summed.unknown_originated,
    summed.service_originated,
    summed.pipeline_created,
    summed.opportunities_created,
    -- Retention looks back over twelve months: that of the quarter's last month is the quarter's.
    summed.retention_month,
    retention.retention_start_amount,
    retention.retention_end_amount,
    retention.retention_kept_amount,
    retention.retention_customers,
    retention.nrr,
    retention.grr,
    cast(
        summed.days_lead_to_close_sum * 1.0 / nullif(summed.days_lead_to_close_count, 0) as decimal(9, 1)
    ) as average_days_lead_to_close,
    cast(medians.median_days_lead_to_close as decimal(9, 1)) as median_days_lead_to_close,
    cast(
        summed.days_opportunity_to_close_sum * 1.0 / nullif(summed.days_opportunity_to_close_count, 0) as decimal(9, 1)
    ) as average_days_opportunity_to_close,
    cast(medians.median_days_opportunity_to_close as decimal(9, 1)) as median_days_opportunity_to_close,
    summed.days_lead_to_close_sum,
    summed.days_lead_to_close_count,
    summed.days_opportunity_to_close_sum,
    summed.days_opportunity_to_close_count
from summed
left join months as retention
    on summed.retention_month = retention.month
left join medians
    on summed.quarter_name = medians.quarter_name
