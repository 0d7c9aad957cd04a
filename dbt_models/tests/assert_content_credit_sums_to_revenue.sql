{{ config(meta={'dagster': {'ref': {'name': 'rpt_content_by_theme'}}}) }}
-- Fails if, in a model, the credit of all pieces and of what used no piece isn't the credit of all deals, to the cent,
-- by single pieces, by topics or by personas.
with

attribution as (

    select
        model,
        sum(attributed_amount) as pipeline_amount,
        sum(case when outcome = 'won' then attributed_amount else 0 end) as attributed_amount
    from {{ ref('fct_attribution') }}
    group by model

),

reported as (

    select
        breakdown,
        model,
        pipeline_amount,
        attributed_amount
    from {{ ref('rpt_content_by_theme') }}

    union all

    select
        'asset' as breakdown,
        model,
        pipeline_amount,
        attributed_amount
    from {{ ref('rpt_content_effectiveness') }}

    union all

    select
        'asset' as breakdown,
        model,
        pipeline_amount,
        attributed_amount
    from {{ ref('rpt_content_by_theme') }}
    where
        breakdown = 'topic'
        and theme = '(no content)'

),

sums as (

    select
        breakdown,
        model,
        sum(pipeline_amount) as pipeline_amount,
        sum(attributed_amount) as attributed_amount
    from reported
    group by breakdown, model

)

select
    sums.*,
    attribution.pipeline_amount as pipeline_expected,
    attribution.attributed_amount as attributed_expected
from sums
left join attribution
    on sums.model = attribution.model
where
    sums.pipeline_amount <> coalesce(attribution.pipeline_amount, 0)
    or sums.attributed_amount <> coalesce(attribution.attributed_amount, 0)
