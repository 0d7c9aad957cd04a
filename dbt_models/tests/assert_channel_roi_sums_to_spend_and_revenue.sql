{{ config(meta={'dagster': {'ref': {'name': 'rpt_channel_roi'}}}) }}
-- Fails if, in a model, the cohorts' cost isn't all spend, or their won amount not all won revenue, to the cent.
with

facts as (

    select
        (select coalesce(sum(cost), 0) from {{ ref('fct_spend') }}) as cost,
        (select coalesce(sum(case when is_won then amount end), 0) from {{ ref('fct_opportunities') }}) as won_amount,
        (select coalesce(sum(amount), 0) from {{ ref('fct_opportunities') }}) as pipeline_amount

),

cohorts as (

    select
        model,
        sum(cost) as cost,
        sum(won_amount) as won_amount,
        sum(pipeline_amount) as pipeline_amount
    from {{ ref('rpt_channel_roi') }}
    group by model

)

select
    cohorts.*,
    facts.cost as cost_expected,
    facts.won_amount as won_expected,
    facts.pipeline_amount as pipeline_expected
from cohorts
cross join facts
where
    cohorts.cost <> facts.cost
    or cohorts.won_amount <> facts.won_amount
    or cohorts.pipeline_amount <> facts.pipeline_amount
