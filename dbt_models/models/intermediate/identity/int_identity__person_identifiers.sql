with

identifiers as (

    select * from {{ ref('int_identity__identifiers') }}

),

record_components as (

    select * from {{ ref('int_identity__record_components') }}

),

refused as (

    select identifiers.identifier_id
    from {{ ref('int_identity__refused_keys') }} as refused_keys
    inner join identifiers
        on
            refused_keys.identifier_type = identifiers.identifier_type
            and refused_keys.identifier = identifiers.identifier

),

usable_edges as (

    select edges.*
    from {{ ref('int_identity__edges') }} as edges
    left join refused as refused_left
        on edges.left_id = refused_left.identifier_id
    left join refused as refused_right
        on edges.right_id = refused_right.identifier_id
    where refused_left.identifier_id is null and refused_right.identifier_id is null

),

-- What records and e-mail addresses have joined is one node already; only browser keys are still to be placed.
weak_edges as materialized ( -- noqa: ST03

    select distinct
        coalesce(left_components.component_id, usable_edges.left_id) as left_id,
        coalesce(right_components.component_id, usable_edges.right_id) as right_id
    from usable_edges
    left join record_components as left_components
        on usable_edges.left_id = left_components.identifier_id
    left join record_components as right_components
        on usable_edges.right_id = right_components.identifier_id
    where usable_edges.is_left_weak or usable_edges.is_right_weak

),

components as (

    {{ connected_components('weak_edges') | indent(4) }} -- noqa: PRS

),

-- The strongest link that an identifier has.
edge_ends as (

    select
        left_id as identifier_id,
        matched_by
    from usable_edges

    union all

    select
        right_id as identifier_id,
        matched_by
    from usable_edges

),

matches as (

    select
        identifier_id,
        min(
            case matched_by
                when 'conversion' then 1
                when 'merge' then 2
                when 'same_email' then 3
                else 4
            end
        ) as match_rank
    from edge_ends
    group by identifier_id

),

persons as (

    select
        identifiers.*,
        coalesce(components.component, record_components.component_id, identifiers.identifier_id) as component_id
    from identifiers
    left join record_components
        on identifiers.identifier_id = record_components.identifier_id
    left join components
        on coalesce(record_components.component_id, identifiers.identifier_id) = components.node

)

select
    'per_' || md5(names.identifier_type || '|' || names.identifier) as person_id,
    persons.identifier_type,
    persons.identifier,
    case matches.match_rank
        when 1 then 'conversion'
        when 2 then 'merge'
        when 3 then 'same_email'
        when 4 then 'identify'
        else 'self'
    end as matched_by,
    persons.first_seen_at,
    persons.identifier_id
from persons
inner join identifiers as names
    on persons.component_id = names.identifier_id
left join matches
    on persons.identifier_id = matches.identifier_id
