with

themes as (

    select * from {{ ref('int_content_use__results') }}
    where breakdown != 'asset'

),

breakdowns as (

    select distinct breakdown from themes

)

select
    breakdown,
    member as theme,
    model,
    pieces,
    visits,
    people,
    mqls_touched,
    mqls_sourced,
    cast(mql_credit as decimal(18, 6)) as mql_credit,
    cast(pipeline_amount as decimal(18, 2)) as pipeline_amount,
    cast(attributed_amount as decimal(18, 2)) as attributed_amount,
    deals_won_touched,
    last_used_at
from themes

union all

-- Credit of touches that used no asset, and credit without a touch: with it a breakdown sums to all revenue.
select
    breakdowns.breakdown,
    '(no content)' as theme,
    no_content.model,
    0 as pieces,
    0 as visits,
    0 as people,
    0 as mqls_touched,
    0 as mqls_sourced,
    cast(0 as decimal(18, 6)) as mql_credit,
    cast(no_content.pipeline_amount as decimal(18, 2)) as pipeline_amount,
    cast(no_content.attributed_amount as decimal(18, 2)) as attributed_amount,
    0 as deals_won_touched,
    cast(null as timestamp) as last_used_at
from {{ ref('int_content_use__no_content') }} as no_content
cross join breakdowns
