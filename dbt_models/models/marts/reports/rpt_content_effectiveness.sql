with

results as (

    select * from {{ ref('int_content_use__results') }}
    where breakdown = 'asset'

)

select
    results.member as asset_id,
    results.model,
    assets.title,
    assets.asset_type,
    assets.topic,
    assets.persona,
    assets.status,
    assets.published_at,
    results.visits,
    results.visitors,
    results.people,
    results.people - results.visitors as people_without_visit,
    results.mqls_touched,
    results.mqls_sourced,
    cast(results.mql_credit as decimal(18, 6)) as mql_credit,
    cast(results.pipeline_amount as decimal(18, 2)) as pipeline_amount,
    cast(results.attributed_amount as decimal(18, 2)) as attributed_amount,
    results.deals_won_touched,
    results.last_used_at,
    verdicts.verdict,
    verdicts.age_band,
    verdicts.peers,
    cast(results.won_deals as decimal(18, 6)) as won_deals,
    verdicts.expected_won_deals,
    verdicts.deviation
from results
inner join {{ ref('int_content_use__verdicts') }} as verdicts
    on
        results.member = verdicts.asset_id
        and results.model = verdicts.model
left join {{ ref('dim_content_asset') }} as assets
    on results.member = assets.content_asset_id
