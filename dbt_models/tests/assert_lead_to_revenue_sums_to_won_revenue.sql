{{ config(meta={'dagster': {'ref': {'name': 'rpt_lead_to_revenue'}}}) }}
-- Fails if the report's deals, won revenue or revenue by origin status don't add up to those of the opportunities.
with

report as (

    select
        coalesce(sum(opportunities), 0) as opportunities,
        coalesce(sum(won_amount), 0) as won_amount,
        coalesce(sum(pipeline_amount), 0) as pipeline_amount,
        coalesce(
            sum(revenue_origin_preserved + revenue_origin_overwritten + revenue_origin_lost + revenue_origin_no_lead), 0
        ) as amount_by_origin
    from {{ ref('rpt_lead_to_revenue') }}

),

facts as (

    select
        count(*) as opportunities,
        coalesce(sum(case when is_won then amount end), 0) as won_amount,
        coalesce(sum(amount), 0) as pipeline_amount
    from {{ ref('fct_opportunities') }}

)

select
    report.*,
    facts.won_amount as won_amount_expected,
    facts.pipeline_amount as pipeline_amount_expected
from report
cross join facts
where
    report.opportunities <> facts.opportunities
    or report.won_amount <> facts.won_amount
    or report.pipeline_amount <> facts.pipeline_amount
    or report.amount_by_origin <> facts.won_amount
