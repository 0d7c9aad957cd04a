with

-- A seller may share an asset that the library doesn't list: it keeps a line of its own.
pieces as (

    select asset_id from {{ ref('int_content__assets') }}

    union

    select asset_id from {{ ref('int_content_use__uses') }}

),

described as (

    select
        pieces.asset_id,
        coalesce(assets.topic, '(none)') as topic,
        coalesce(assets.persona, '(none)') as persona
    from pieces
    left join {{ ref('int_content__assets') }} as assets
        on pieces.asset_id = assets.asset_id

),

-- Each asset by itself, by its topic and by its persona. What can't be added up, such as people, is counted per member.
breakdowns as (

    select
        'asset' as breakdown,
        asset_id as member,
        asset_id
    from described

    union all

    select
        'topic' as breakdown,
        topic as member,
        asset_id
    from described

    union all

    select
        'persona' as breakdown,
        persona as member,
        asset_id
    from described

),

models as (

    select model from {{ ref('stg_reference__attribution_models') }}
    where enabled

),

members as (

    select
        breakdown,
        member,
        count(*) as pieces
    from breakdowns
    group by breakdown, member

),

uses as (

    select
        breakdowns.breakdown,
        breakdowns.member,
        count(distinct case when uses.use_type = 'visit' then uses.touch_key end) as visits,
        count(distinct case when uses.use_type = 'visit' then uses.person_id end) as visitors,
        count(distinct uses.person_id) as people,
        min(uses.used_at) as first_used_at,
        max(uses.used_at) as last_used_at
    from {{ ref('int_content_use__uses') }} as uses
    inner join breakdowns
        on uses.asset_id = breakdowns.asset_id
    group by breakdowns.breakdown, breakdowns.member

),

mqls as (

    select
        breakdowns.breakdown,
        breakdowns.member,
        count(distinct mql_uses.person_id) as mqls_touched,
        count(distinct case when mql_uses.is_source then mql_uses.person_id end) as mqls_sourced,
        sum(mql_uses.mql_credit) as mql_credit
    from {{ ref('int_content_use__mql_uses') }} as mql_uses
    inner join breakdowns
        on mql_uses.asset_id = breakdowns.asset_id
    group by breakdowns.breakdown, breakdowns.member

),

deals as (

    select
        breakdowns.breakdown,
        breakdowns.member,
        count(distinct deal_uses.opportunity_id) as deals_won_touched
    from {{ ref('int_content_use__deal_uses') }} as deal_uses
    inner join {{ ref('int_revenue__opportunities') }} as opportunities
        on
            deal_uses.opportunity_id = opportunities.opportunity_id
            and opportunities.outcome = 'won'
    inner join breakdowns
        on deal_uses.asset_id = breakdowns.asset_id
    group by breakdowns.breakdown, breakdowns.member

),

-- Summed before it is spread: an asset is in several breakdowns, and has thousands of touches in each.
asset_credit as (

    select
        asset_id,
        model,
        sum(pipeline_amount) as pipeline_amount,
        sum(won_amount) as won_amount,
        sum(won_deals) as won_deals
    from {{ ref('int_content_use__touch_credit') }}
    group by asset_id, model

),

credit as (

    select
        breakdowns.breakdown,
        breakdowns.member,
        asset_credit.model,
        sum(asset_credit.pipeline_amount) as pipeline_amount,
        sum(asset_credit.won_amount) as attributed_amount,
        sum(asset_credit.won_deals) as won_deals
    from asset_credit
    inner join breakdowns
        on asset_credit.asset_id = breakdowns.asset_id
    group by breakdowns.breakdown, breakdowns.member, asset_credit.model

)

select
    members.breakdown,
    members.member,
    models.model,
    members.pieces,
    coalesce(uses.visits, 0) as visits,
    coalesce(uses.visitors, 0) as visitors,
    coalesce(uses.people, 0) as people,
    coalesce(mqls.mqls_touched, 0) as mqls_touched,
    coalesce(mqls.mqls_sourced, 0) as mqls_sourced,
    coalesce(mqls.mql_credit, 0) as mql_credit,
    coalesce(credit.pipeline_amount, 0) as pipeline_amount,
    coalesce(credit.attributed_amount, 0) as attributed_amount,
    coalesce(credit.won_deals, 0) as won_deals,
    coalesce(deals.deals_won_touched, 0) as deals_won_touched,
    uses.first_used_at,
    uses.last_used_at
from members
cross join models
left join uses
    on
        members.breakdown = uses.breakdown
        and members.member = uses.member
left join mqls
    on
        members.breakdown = mqls.breakdown
        and members.member = mqls.member
left join deals
    on
        members.breakdown = deals.breakdown
        and members.member = deals.member
left join credit
    on
        members.breakdown = credit.breakdown
        and members.member = credit.member
        and models.model = credit.model
