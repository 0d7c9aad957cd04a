with

deals as (

    select
        buying_groups.person_id,
        opportunities.opportunity_id,
        opportunities.is_won,
        opportunities.amount,
        case when opportunities.is_closed then opportunities.close_date end as close_date
    from {{ ref('int_journeys__buying_groups') }} as buying_groups
    inner join {{ ref('int_revenue__opportunities') }} as opportunities
        on buying_groups.opportunity_id = opportunities.opportunity_id

)

select
    units.metric,
    units.channel,
    units.unit_date,
    units.person_id,
    units.buyer_id,
    deals.opportunity_id,
    deals.is_won,
    deals.amount,
    deals.close_date
from {{ ref('int_trust__traced_units') }} as units
inner join deals
    on
        units.person_id = deals.person_id
        and units.unit_date <= coalesce(deals.close_date, units.unit_date)
where units.is_known
