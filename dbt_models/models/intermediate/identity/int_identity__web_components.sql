with

identifiers as (

    select * from {{ ref('int_identity__identifiers') }}

),

record_components as (

    select * from {{ ref('int_identity__record_components') }}

),

-- What records and e-mail addresses have joined is one node already; only what browsers say is still to be placed.
web_edges as {{ materialized() }}( -- noqa: ST03

    select distinct
        edges.left_id as key_id,
        coalesce(left_components.component_id, edges.left_id) as left_id,
        coalesce(right_components.component_id, edges.right_id) as right_id
    from {{ ref('int_identity__edges') }} as edges
    left join {{ ref('int_identity__refused_web_keys') }} as refused_left
        on edges.left_id = refused_left.key_id
    left join {{ ref('int_identity__refused_web_keys') }} as refused_right
        on edges.right_id = refused_right.key_id
    left join {{ ref('int_identity__email_components') }} as right_emails
        on edges.right_id = right_emails.identifier_id
    left join {{ ref('int_identity__email_components') }} as left_emails
        on edges.left_id = left_emails.identifier_id
    left join record_components as left_components
        on edges.left_id = left_components.identifier_id
    left join record_components as right_components
        on edges.right_id = right_components.identifier_id
    where
        edges.matched_by = 'identify'
        and refused_left.key_id is null
        and refused_right.key_id is null
        and left_emails.refusal_reason is null
        and right_emails.refusal_reason is null

),

components as (

    {{ connected_components('web_edges') | indent(4) }} -- noqa: PRS

),

contradictory as (

    select components.component
    from components
    inner join {{ ref('int_identity__component_claims') }} as claims
        on components.node = claims.component_id
    group by components.component
    having
        count(distinct claims.company_key) > 1
        or sum(case when claims.has_work_address then 1 else 0 end) > 1
        or (
            max(case when claims.is_staff then 1 else 0 end) = 1
            and max(case when claims.is_prospect then 1 else 0 end) = 1
        )

),

chain_edges as (

    select
        web_edges.*,
        components.component
    from web_edges
    inner join components
        on web_edges.left_id = components.node
    inner join contradictory
        on components.component = contradictory.component

),

-- Every key of the chain that joins two nodes gives way, so that neither the order of rows nor the spelling of ids
-- decides which one goes. A user id that only repeats the person whom its cookie names joins nothing.
user_id_people as (

    select
        left_id as user_id,
        min(right_id) as person_id
    from chain_edges
    where left_id = key_id
    group by left_id
    having count(distinct right_id) = 1

),

chain_ends as (

    select
        key_id,
        right_id as end_id
    from chain_edges

    union all

    select
        key_id,
        left_id as end_id
    from chain_edges
    where left_id <> key_id

),

chain_keys as (

    select chain_ends.key_id
    from chain_ends
    left join user_id_people
        on chain_ends.end_id = user_id_people.user_id
    group by chain_ends.key_id
    having count(distinct coalesce(user_id_people.person_id, chain_ends.end_id)) > 1

),

people_of_chains as (

    select
        chain_keys.key_id,
        count(distinct chain_ends.end_id) as people
    from chain_keys
    inner join chain_ends
        on chain_keys.key_id = chain_ends.key_id
    group by chain_keys.key_id

),

remaining_edges as {{ materialized() }}( -- noqa: ST03

    select distinct
        chain_edges.left_id,
        chain_edges.right_id
    from chain_edges
    left join chain_keys as refused_left
        on chain_edges.key_id = refused_left.key_id
    left join chain_keys as refused_right
        on chain_edges.right_id = refused_right.key_id
    where refused_left.key_id is null and refused_right.key_id is null

),

remaining_components as (

    {{ connected_components('remaining_edges', rounds=1) | indent(4) }} -- noqa: PRS

),

nodes as (

    select
        identifiers.identifier_id,
        coalesce(record_components.component_id, identifiers.identifier_id) as node
    from identifiers
    left join record_components
        on identifiers.identifier_id = record_components.identifier_id

)

select
    nodes.identifier_id,
    case
        when contradictory.component is null then coalesce(components.component, nodes.node)
        else coalesce(remaining_components.component, nodes.node)
    end as component_id,
    people_of_chains.people as chain_people
from nodes
left join components
    on nodes.node = components.node
left join contradictory
    on components.component = contradictory.component
left join remaining_components
    on nodes.node = remaining_components.node
left join people_of_chains
    on nodes.identifier_id = people_of_chains.key_id
