{{ config(meta={'dagster': {'ref': {'name': 'fct_attribution'}}}) }}
-- Fails if an opportunity's credit in an enabled model isn't its amount, to the cent. An opportunity without any row in
-- a model fails too: money that no row mentions is lost.
with

models as (

    select model from {{ ref('stg_reference__attribution_models') }}
    where enabled

),

credit as (

    select
        opportunity_id,
        model,
        sum(attributed_amount) as attributed_amount
    from {{ ref('fct_attribution') }}
    group by opportunity_id, model

)

select
    opportunities.opportunity_id,
    models.model,
    opportunities.amount,
    credit.attributed_amount
from {{ ref('int_revenue__opportunities') }} as opportunities
cross join models
left join credit
    on
        opportunities.opportunity_id = credit.opportunity_id
        and models.model = credit.model
where credit.attributed_amount is distinct from opportunities.amount
