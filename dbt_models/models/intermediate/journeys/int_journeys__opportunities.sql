with

opportunities as (

    select * from {{ ref('int_revenue__opportunities') }}

),

lead_creations as (

    select
        buying_groups.opportunity_id,
        min({{ latest_creation('persons.created_at') }}) as lead_created_until
    from {{ ref('int_journeys__buying_groups') }} as buying_groups
    inner join {{ ref('int_identity__persons') }} as persons
        on buying_groups.person_id = persons.person_id
    group by buying_groups.opportunity_id

)

select
    cast(row_number() over (order by opportunities.opportunity_id) as integer) as opportunity_key,
    opportunities.opportunity_id,
    opportunities.outcome,
    opportunities.created_at,
    {{ latest_creation('opportunities.created_at') }} as created_until,
    lead_creations.lead_created_until,
    opportunities.closed_at,
    opportunities.closed_at_precision,
    opportunities.amount
from opportunities
left join lead_creations
    on opportunities.opportunity_id = lead_creations.opportunity_id
