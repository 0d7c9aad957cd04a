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

)

select
    ranked.week,
    {{ is_partial_week('ranked.week') }} as is_partial,
    cast(ranked.rank as integer) as rank,
    ranked.asset_id,
    assets.title,
    ranked.visits,
    ranked.visitors,
    ranked.people,
    ranked.people - ranked.visitors as people_without_visit,
    ranked.leads,
    ranked.mqls,
    cast(ranked.attributed_amount as decimal(18, 2)) as attributed_amount
from ranked
left join {{ ref('dim_content_asset') }} as assets
    on ranked.asset_id = assets.content_asset_id
where ranked.rank <= 5
