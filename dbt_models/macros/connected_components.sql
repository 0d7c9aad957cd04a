{#-
  Which connected component each node of a graph belongs to.

  `connected_components(edges)` is a select of (node, component): one row per node that has an edge in `edges`, a
  relation with the integer columns left_id and right_id; `component` is the smallest node id of the component.

  Spreading the smallest label from neighbour to neighbour is right but takes as many passes over the graph as its
  longest path has edges, and five hundred records merged one into the next are such a path. So the graph is shrunk
  first, in rounds: every node hooks onto its smallest neighbour (`hooked`), the trees that this gives are flattened by
  pointer jumping, which doubles its reach each time (`jumped`, three times, then `deep` for what still hangs lower than
  eight), and each tree becomes one node of the next round's smaller graph. Real identity graphs are gone after two
  rounds, because a component is mostly a record, its e-mail address and some cookies; the others are for webs of shared
  cookies, where a round leaves about a third. Whatever is left then is finished by plain spreading, so that the answer
  is right for any graph. Fewer rounds leave more to the slow finish, more rounds cost a scan of an empty table each.

  Only what is rare recurs: DuckDB reads the whole keyed table once per 2,048 rows that the last pass changed, so a
  recursion over all nodes would take quadratic time, while the plain joins of a round take linear time.
-#}
{% macro connected_components(edges, rounds=4) -%}
    {{ return(adapter.dispatch('connected_components', 'throughline')(edges, rounds)) }}
{%- endmacro %}

{% macro default__connected_components(edges, rounds) -%}
    {{ exceptions.raise_compiler_error(
        "connected_components needs a recursive query that updates rows by key; add " ~ target.type ~ "__connected_components"
    ) }}
{%- endmacro %}

{#- `using key` keeps one row per node: the recursive name reads what the last pass changed, `recurring` reads all. -#}
{% macro duckdb__connected_components(edges, rounds) -%}
    with recursive

    {% for round in range(rounds) -%}
    {%- set graph = edges if round == 0 else 'graph_' ~ round -%}
    hooked_{{ round }} as materialized (

        select
            node,
            min(neighbour) as parent
        from (
            select left_id as node, least(left_id, right_id) as neighbour from {{ graph }}
            union all
            select right_id as node, least(left_id, right_id) as neighbour from {{ graph }}
        )
        group by node

    ),

    {% for jump in range(3) -%}
    {%- set trees = 'hooked_' ~ round if jump == 0 else 'jumped_' ~ round ~ '_' ~ (jump - 1) -%}
    jumped_{{ round }}_{{ jump }} as materialized (

        select
            nodes.node,
            parents.parent
        from {{ trees }} as nodes
        inner join {{ trees }} as parents
            on nodes.parent = parents.node

    ),

    {% endfor -%}

    deep_{{ round }}(node, parent) using key (node) as (

        select
            nodes.node,
            nodes.parent
        from jumped_{{ round }}_2 as nodes
        inner join jumped_{{ round }}_2 as parents
            on nodes.parent = parents.node
        where parents.parent <> nodes.parent

        union

        select
            nodes.node,
            parents.parent
        from deep_{{ round }} as nodes
        inner join recurring.deep_{{ round }} as parents
            on nodes.parent = parents.node
        where parents.parent <> nodes.parent

    ),

    {# The last jump: what hung deep hangs one below its root now. -#}
    trees_{{ round }} as materialized (

        select
            nodes.node,
            coalesce(roots.parent, nodes.parent) as component
        from jumped_{{ round }}_2 as nodes
        left join deep_{{ round }} as deep
            on nodes.node = deep.node
        left join jumped_{{ round }}_2 as roots
            on deep.parent = roots.node

    ),

    {# `having`, since a plain filter is pushed down and makes the comparison of the two ends the condition of a join. -#}
    graph_{{ round + 1 }} as materialized (

        select
            least(left_trees.component, right_trees.component) as left_id,
            greatest(left_trees.component, right_trees.component) as right_id
        from {{ graph }} as edges
        inner join trees_{{ round }} as left_trees
            on edges.left_id = left_trees.node
        inner join trees_{{ round }} as right_trees
            on edges.right_id = right_trees.node
        group by 1, 2
        having min(left_trees.component) <> max(right_trees.component)

    ),

    {% endfor -%}

    both_ways as materialized (

        select left_id as node, right_id as neighbour from graph_{{ rounds }}
        union all
        select right_id as node, left_id as neighbour from graph_{{ rounds }}

    ),

    spread(node, component) using key (node) as (

        select
            node,
            least(node, min(neighbour)) as component
        from both_ways
        group by node

        union

        select
            both_ways.neighbour,
            min(changed.component)
        from spread as changed
        inner join both_ways
            on changed.node = both_ways.node
        inner join recurring.spread as reached
            on both_ways.neighbour = reached.node
        where changed.component < reached.component
        group by both_ways.neighbour

    ),

    {% for round in range(rounds - 1, -1, -1) -%}
    {%- set later = 'spread' if round == rounds - 1 else 'resolved_' ~ (round + 1) -%}
    resolved_{{ round }} as (

        select
            trees_{{ round }}.node,
            coalesce({{ later }}.component, trees_{{ round }}.component) as component
        from trees_{{ round }}
        left join {{ later }}
            on trees_{{ round }}.component = {{ later }}.node

    ){{ ',' if round > 0 }}

    {% endfor -%}
    select
        node,
        component
    from resolved_0
{%- endmacro %}
