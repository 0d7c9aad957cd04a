with

opportunities as (

    select
        opportunities.opportunity_id,
        coalesce(opportunities.closed_at, run_context.as_of) as counts_until
    from {{ ref('int_revenue__opportunities') }} as opportunities
    cross join {{ ref('stg_reference__run_context') }} as run_context

),

uses as (

    select * from {{ ref('int_content_use__uses') }}

),

-- What anyone of the buying group used.
group_uses as (

    select
        buying_groups.opportunity_id,
        uses.touch_key,
        uses.asset_id,
        uses.use_type
    from {{ ref('int_journeys__buying_groups') }} as buying_groups
    inner join uses
        on buying_groups.person_id = uses.person_id

),

-- What a seller gave for this very opportunity, whoever got it: the recipient may have no record of its own.
named_shares as (

    select
        coalesce(given_ids.record_key, shares.opportunity_id) as opportunity_id,
        uses.touch_key,
        uses.asset_id,
        uses.use_type
    from {{ ref('int_content__shares') }} as shares
    left join {{ ref('int_crm__given_ids') }} as given_ids
        on
            shares.opportunity_id = given_ids.given_id
            and given_ids.record_type = 'opportunity'
    inner join uses
        on
            shares.source_system = uses.source_system
            and shares.share_id = uses.source_record_id
            and uses.use_type = 'share'

),

unioned as (

    select * from group_uses

    union

    select * from named_shares

)

select
    opportunities.opportunity_id,
    uses.touch_key,
    uses.touchpoint_id,
    uses.asset_id,
    uses.use_type,
    uses.used_at,
    uses.uses,
    uses.person_id
from unioned
inner join opportunities
    on unioned.opportunity_id = opportunities.opportunity_id
inner join uses
    on
        unioned.touch_key = uses.touch_key
        and unioned.asset_id = uses.asset_id
        and unioned.use_type = uses.use_type
where coalesce(uses.used_from, uses.used_at) <= opportunities.counts_until
