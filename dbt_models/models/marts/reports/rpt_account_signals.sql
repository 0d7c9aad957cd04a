with

signals as (

    select
        *,
        coalesce(account_id, company_domain) as company_key,
        cast({{ dbt.date_trunc('month', 'signal_date') }} as date) as month
    from {{ ref('fct_company_signals') }}

),

signal_months as (

    select
        month,
        company_key,
        account_id,
        min(company_domain) as company_domain,
        count(distinct signal_date) as signal_days,
        count(distinct signal_source) as signal_sources,
        sum(impressions) as impressions,
        sum(engagements) as engagements,
        min(signal_date) as first_signal_on,
        max(signal_date) as last_signal_on
    from signals
    group by month, company_key, account_id

),

marketing_touches as (

    select
        touches.account_id,
        touches.person_id,
        cast({{ dbt.date_trunc('month', company_date('touches.occurred_at')) }} as date) as month
    from {{ ref('fct_touchpoints') }} as touches
    where touches.account_id is not null and {{ is_marketing_touch('touches') }}

),

touch_months as (

    select
        account_id,
        month,
        count(*) as touches,
        count(distinct person_id) as people_touched
    from marketing_touches
    group by account_id, month

),

credited_touches as (

    select
        opportunities.account_id,
        cast({{ dbt.date_trunc('month', company_date('touches.occurred_at')) }} as date) as month,
        credit.attributed_amount
    from {{ ref('fct_attribution') }} as credit
    inner join {{ ref('fct_touchpoints') }} as touches
        on credit.touchpoint_id = touches.touchpoint_id
    inner join {{ ref('fct_opportunities') }} as opportunities
        on credit.opportunity_id = opportunities.opportunity_id
    where
        credit.model = {{ run_setting('report_model') }}
        and credit.outcome = 'won'
        and credit.credit_status = 'credited'

),

credited_months as (

    select
        account_id,
        month,
        sum(attributed_amount) as credited_amount
    from credited_touches
    group by account_id, month

),

opened_months as (

    select
        account_id,
        cast({{ dbt.date_trunc('month', company_date('created_at')) }} as date) as month,
        count(*) as opportunities_created
    from {{ ref('fct_opportunities') }}
    group by account_id, month

),

won_months as (

    select
        account_id,
        cast({{ dbt.date_trunc('month', 'close_date') }} as date) as month,
        count(*) as won,
        sum(amount) as won_amount
    from {{ ref('fct_opportunities') }}
    where is_won
    group by account_id, month

)

select
    signal_months.month,
    signal_months.company_key,
    signal_months.account_id,
    signal_months.company_domain,
    signal_months.signal_days,
    signal_months.signal_sources,
    cast(signal_months.impressions as bigint) as impressions,
    cast(signal_months.engagements as bigint) as engagements,
    signal_months.first_signal_on,
    signal_months.last_signal_on,
    coalesce(touch_months.touches, 0) as touches,
    coalesce(touch_months.people_touched, 0) as people_touched,
    cast(coalesce(credited_months.credited_amount, 0) as decimal(18, 2)) as credited_amount,
    coalesce(opened_months.opportunities_created, 0) as opportunities_created,
    coalesce(won_months.won, 0) as won,
    cast(coalesce(won_months.won_amount, 0) as decimal(18, 2)) as won_amount
from signal_months
left join touch_months
    on signal_months.account_id = touch_months.account_id and signal_months.month = touch_months.month
left join credited_months
    on signal_months.account_id = credited_months.account_id and signal_months.month = credited_months.month
left join opened_months
    on signal_months.account_id = opened_months.account_id and signal_months.month = opened_months.month
left join won_months
    on signal_months.account_id = won_months.account_id and signal_months.month = won_months.month
