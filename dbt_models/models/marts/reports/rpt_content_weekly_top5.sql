with

ranked as (

    select
        *,
        row_number() over (
            partition by week
            order by visits desc, asset_id asc
        ) as rank
    from {{ ref('int_content_use__asset_weeks') }}
    where visits > 0

),

verdicts as (

    select
        asset_id,
        verdict
    from {{ ref('int_content_use__verdicts') }}
    where model = {{ run_setting('report_model') }}

)

select
    ranked.week,
    {{ is_partial_week('ranked.week') }} as is_partial,
    {{ is_complete_week('ranked.week') }} as is_complete_week,
    cast(ranked.rank as integer) as rank,
    cast(weeks_before.rank as integer) as previous_rank,
    ranked.asset_id,
    assets.title,
    ranked.visits,
    ranked.visitors,
    ranked.people,
    ranked.people - ranked.visitors as people_without_visit,
    ranked.leads,
    ranked.mqls,
    cast(ranked.attributed_amount as decimal(18, 2)) as attributed_amount,
    verdicts.verdict
from ranked
left join ranked as weeks_before
    on
        ranked.asset_id = weeks_before.asset_id
        and ranked.week = cast({{ dbt.dateadd('day', 7, 'weeks_before.week') }} as date)
left join verdicts
    on ranked.asset_id = verdicts.asset_id
left join {{ ref('dim_content_asset') }} as assets
    on ranked.asset_id = assets.content_asset_id
where ranked.rank <= 5
