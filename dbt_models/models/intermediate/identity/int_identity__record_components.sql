with

strong_edges as materialized ( -- noqa: ST03

    select
        left_id,
        right_id
    from {{ ref('int_identity__edges') }}
    where not is_left_weak and not is_right_weak

),

components as (

    {{ connected_components('strong_edges') | indent(4) }} -- noqa: PRS

)

select
    identifiers.identifier_id,
    coalesce(components.component, identifiers.identifier_id) as component_id
from {{ ref('int_identity__identifiers') }} as identifiers
left join components
    on identifiers.identifier_id = components.node
where not identifiers.is_weak
