{{ config(meta={'dagster': {'ref': {'name': 'rpt_revenue_scorecard'}}}) }}
-- Fails if the scorecard's months, types or originators don't sum to the won revenue, or its pipeline to all deals.
with

scorecard as (

    select
        coalesce(sum(won_amount), 0) as won_amount,
        coalesce(sum(new_amount + expansion_amount + renewal_amount + unmapped_amount), 0) as amount_by_type,
        coalesce(
            sum(marketing_originated + sales_originated + partner_originated + unknown_originated), 0
        ) as amount_by_originator,
        coalesce(sum(pipeline_created), 0) as pipeline_created
    from {{ ref('rpt_revenue_scorecard') }}

),

facts as (

    select
        coalesce(sum(case when is_won then amount end), 0) as won_amount,
        coalesce(sum(amount), 0) as pipeline_amount
    from {{ ref('fct_opportunities') }}

)

select
    scorecard.*,
    facts.won_amount as won_amount_expected,
    facts.pipeline_amount as pipeline_expected
from scorecard
cross join facts
where
    scorecard.won_amount <> facts.won_amount
    or scorecard.amount_by_type <> facts.won_amount
    or scorecard.amount_by_originator <> facts.won_amount
    or scorecard.pipeline_created <> facts.pipeline_amount
