with

identifiers as (

    select identifier_id
    from {{ ref('int_identity__identifiers') }}
    where not is_weak and identifier_type <> 'email'

),

statements as {{ materialized() }}( -- noqa: ST03

    select
        edges.left_id,
        edges.right_id,
        edges.matched_by
    from {{ ref('int_identity__edges') }} as edges
    left join {{ ref('int_identity__refused_statements') }} as refused
        on
            edges.right_id = refused.key_id
            and edges.matched_by = refused.matched_by
    where edges.matched_by in ('conversion', 'merge') and refused.key_id is null

),

components as (

    {{ connected_components('statements') | indent(4) }} -- noqa: PRS

),

labelled as (

    select
        identifiers.identifier_id,
        coalesce(components.component, identifiers.identifier_id) as component_id
    from identifiers
    left join components
        on identifiers.identifier_id = components.node

),

contradictory as (

    select labelled.component_id
    from labelled
    inner join {{ ref('int_identity__record_claims') }} as claims
        on labelled.identifier_id = claims.identifier_id
    group by labelled.component_id
    having
        count(distinct claims.company_key) > 1
        or (
            max(case when claims.is_staff then 1 else 0 end) = 1
            and max(case when claims.is_prospect then 1 else 0 end) = 1
        )

),

conversions as (

    select
        left_id,
        right_id
    from statements
    where matched_by = 'conversion'

),

-- No single statement contradicts itself, but their chain does. Merges are undone more easily than conversions, so they
-- give way: what is left is each contact with its leads.
stars as (

    select
        labelled.identifier_id,
        coalesce(min(conversions.right_id), labelled.identifier_id) as centre_id
    from labelled
    inner join contradictory
        on labelled.component_id = contradictory.component_id
    left join conversions
        on labelled.identifier_id = conversions.left_id
    group by labelled.identifier_id

)

select
    labelled.identifier_id,
    coalesce(min(stars.identifier_id) over (partition by stars.centre_id), labelled.component_id) as component_id,
    stars.identifier_id is not null as is_split
from labelled
left join stars
    on labelled.identifier_id = stars.identifier_id
