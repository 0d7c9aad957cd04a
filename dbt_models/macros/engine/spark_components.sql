{#-
  Connected components on Spark, which has no recursion that updates rows by key: a loop of statements, each a few joins
  over the whole cluster. Only counts come back to the driver.

  A model asks for components inside its one statement, so what it asks for is worked out before: its `with` up to there
  makes the edges a table, the loop makes a table of the components, and the statement reads that. `materialization table`
  calls it.

  The rounds are those of `duckdb__connected_components`: every node hooks onto its smallest neighbour, pointer jumping
  flattens the trees, each tree becomes a node of the next round's graph, until no edge is left. Hooks lead to smaller
  nodes only, so that the root of a tree is its smallest node, and no round is without progress: the largest node of a
  graph that has an edge always hooks.
-#}

{% macro spark__connected_components(edges, rounds) -%}
    select node, component from throughline_components_of_{{ edges }}
{%- endmacro %}


{#- The code with each of its components worked out. -#}
{% macro spark_components_found(code) -%}
    {%- set asked = 'throughline_components_of_' -%}
    {%- set found = namespace(code=code, number=0) -%}
    {#- One at a time: the edges of the second may stand on the components of the first. -#}
    {%- for _ in range(code.count(asked)) -%}
        {%- set place = found.code.index(asked) -%}
        {%- set edges = modules.re.match('\w+', found.code[place + asked | length:]).group() -%}
        {%- set before = modules.re.sub('(?s),\s*\w+\s+as\s*[(]\s*select node, component from\s*$', '', found.code[:place]) -%}
        {%- if before == found.code[:place] -%}
            {{ exceptions.raise_compiler_error(
                'connected_components(' ~ edges ~ ') stands elsewhere than alone in a common table expression'
                ' that follows the one of its edges; Spark needs it there'
            ) }}
        {%- endif -%}
        {%- set found.number = found.number + 1 -%}
        {%- set scratch = spark_scratch() ~ '_' ~ found.number -%}
        {{ spark_spread_components(before ~ ' select left_id, right_id from ' ~ edges, scratch) }}
        {%- set found.code = found.code[:place] ~ scratch ~ '_labels' ~ found.code[place + (asked ~ edges) | length:] -%}
    {%- endfor -%}
    {{ return(found.code) }}
{%- endmacro %}


{% macro spark_scratch() -%}
    {{ return(this.schema ~ '.components_of_' ~ this.identifier) }}
{%- endmacro %}


{#- `scratch` and `_labels` gets a row per node that has an edge: node, and the smallest node that it is connected with. -#}
{% macro spark_spread_components(edges, scratch) -%}
    {%- set graph = namespace(rounds=0, name=scratch ~ '_graph_0', labels='') -%}
    {%- do spark_scratch_table(graph.name, edges) -%}
    {%- for round in range(64) if graph.rounds == round -%}
        {%- set trees = namespace(name=scratch ~ '_trees_' ~ round ~ '_0', is_deep=true) -%}
        {%- do spark_scratch_table(trees.name, spark_hooked(graph.name)) -%}
        {%- for jump in range(1, 64) if trees.is_deep -%}
            {%- set trees.is_deep = spark_has_rows(spark_deep(trees.name)) -%}
            {%- if trees.is_deep -%}
                {%- set jumped = scratch ~ '_trees_' ~ round ~ '_' ~ jump -%}
                {%- do spark_scratch_table(jumped, spark_jumped(trees.name)) -%}
                {%- do spark_drop(trees.name) -%}
                {%- set trees.name = jumped -%}
            {%- endif -%}
        {%- endfor -%}
        {%- set labels = scratch ~ '_labels_' ~ round -%}
        {%- if round == 0 -%}
            {%- set graph.labels = trees.name -%}
        {%- else -%}
            {%- do spark_scratch_table(labels, spark_relabelled(graph.labels, trees.name)) -%}
            {%- do spark_drop(graph.labels) -%}
            {%- set graph.labels = labels -%}
        {%- endif -%}
        {%- set smaller = scratch ~ '_graph_' ~ (round + 1) -%}
        {%- do spark_scratch_table(smaller, spark_shrunk(graph.name, trees.name)) -%}
        {%- do spark_drop(graph.name) -%}
        {%- if round > 0 -%}{%- do spark_drop(trees.name) -%}{%- endif -%}
        {%- set graph.name = smaller -%}
        {%- if spark_has_rows('select 1 from ' ~ smaller) -%}{%- set graph.rounds = round + 1 -%}{%- endif -%}
    {%- endfor -%}
    {%- if spark_has_rows('select 1 from ' ~ graph.name) -%}
        {{ exceptions.raise_compiler_error('connected components of ' ~ this ~ ' were not found after 64 rounds') }}
    {%- endif -%}
    {%- do spark_drop(graph.name) -%}
    {%- do spark_drop(scratch ~ '_labels') -%}
    {%- call statement('scratch') -%} alter table {{ graph.labels }} rename to {{ scratch }}_labels {%- endcall -%}
{%- endmacro %}


{% macro spark_hooked(graph) -%}
    select
        node,
        min(neighbour) as component
    from (
        select left_id as node, least(left_id, right_id) as neighbour from {{ graph }}
        union all
        select right_id as node, least(left_id, right_id) as neighbour from {{ graph }}
    ) as neighbours
    group by node
{%- endmacro %}

{#- What hangs lower than one below its root. -#}
{% macro spark_deep(trees) -%}
    select 1
    from {{ trees }} as nodes
    inner join {{ trees }} as parents on nodes.component = parents.node
    where parents.component <> nodes.component
{%- endmacro %}

{% macro spark_jumped(trees) -%}
    select
        nodes.node,
        parents.component
    from {{ trees }} as nodes
    inner join {{ trees }} as parents on nodes.component = parents.node
{%- endmacro %}

{% macro spark_relabelled(labels, trees) -%}
    select
        labels.node,
        coalesce(trees.component, labels.component) as component
    from {{ labels }} as labels
    left join {{ trees }} as trees on labels.component = trees.node
{%- endmacro %}

{#- The edges between trees. -#}
{% macro spark_shrunk(graph, trees) -%}
    select distinct
        least(left_trees.component, right_trees.component) as left_id,
        greatest(left_trees.component, right_trees.component) as right_id
    from {{ graph }} as edges
    inner join {{ trees }} as left_trees on edges.left_id = left_trees.node
    inner join {{ trees }} as right_trees on edges.right_id = right_trees.node
    where left_trees.component <> right_trees.component
{%- endmacro %}


{% macro spark_scratch_table(name, query) -%}
    {%- do spark_drop(name) -%}
    {%- call statement('scratch') -%} create table {{ name }} using parquet as {{ query }} {%- endcall -%}
{%- endmacro %}

{% macro spark_drop(name) -%}
    {%- call statement('scratch') -%} drop table if exists {{ name }} {%- endcall -%}
{%- endmacro %}

{% macro spark_has_rows(query) -%}
    {{ return(run_query('select count(*) as found from (' ~ query ~ ' limit 1) as rows_found').columns[0].values()[0] > 0) }}
{%- endmacro %}


{#- The tables that the model's components were. -#}
{% macro spark_components_forgotten() -%}
    {%- for number in range(1, compiled_code.count('throughline_components_of_') + 1) -%}
        {%- do spark_drop(spark_scratch() ~ '_' ~ number ~ '_labels') -%}
    {%- endfor -%}
{%- endmacro %}


{#-
  A unit test has the model's SQL as it is, and asks for its columns first: there the components are none, and in the test
  they are worked out as in a build.
-#}
{% macro spark__get_empty_subquery_sql(select_sql, select_sql_header=none) -%}
    {%- set none_found = "(select cast(null as bigint) as node, cast(null as bigint) as component where false) as found" -%}
    {{ default__get_empty_subquery_sql(
        modules.re.sub('throughline_components_of_\w+', none_found, select_sql), select_sql_header
    ) }}
{%- endmacro %}

{% macro spark__get_unit_test_sql(main_sql, expected_fixture_sql, expected_column_names) -%}
    {{ default__get_unit_test_sql(spark_components_found(main_sql), expected_fixture_sql, expected_column_names) }}
{%- endmacro %}
