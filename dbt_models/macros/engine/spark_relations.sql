{#-
  How a model becomes a table on Spark. Every model does, views too: a chain of views is planned again by each that reads
  it, and the driver's memory is spent on plans. A contract's columns are cast to their types.
-#}

{% materialization table, adapter='spark', supported_languages=['sql', 'python'] %}
    {%- set target = this.incorporate(type='table') -%}
    {{ run_hooks(pre_hooks) }}
    {%- call statement('drop') -%} drop table if exists {{ target }} {%- endcall -%}
    {%- if model['language'] == 'python' -%}
        {%- call statement('main', language='python') -%} {{ compiled_code }} {%- endcall -%}
    {%- else -%}
        {%- set code = spark_components_found(spark_settings_known(compiled_code)) -%}
        {%- call statement('main') -%}
            create table {{ target }} using parquet as
            {{ spark_contract_kept(code) }}
        {%- endcall -%}
        {{ spark_components_forgotten() }}
    {%- endif -%}
    {{ run_hooks(post_hooks) }}
    {{ return({'relations': [target]}) }}
{% endmaterialization %}


{% materialization view, adapter='spark' %}
    {{ return(materialization_table_spark()) }}
{% endmaterialization %}


{#- What is remembered from night to night is only ever added to. -#}
{% materialization incremental, adapter='spark' %}
    {%- set target = this.incorporate(type='table') -%}
    {%- set is_first = load_cached_relation(this) is none -%}
    {%- set code = spark_settings_known(compiled_code) -%}
    {{ run_hooks(pre_hooks) }}
    {%- if not is_first -%}{{ spark_new_columns_added(target, code) }}{%- endif -%}
    {%- call statement('main') -%}
        {% if is_first -%}
            create table {{ target }} using parquet as
            {{ code }}
        {%- else -%}
            insert into {{ target }} by name
            {{ code }}
        {%- endif %}
    {%- endcall -%}
    {{ run_hooks(post_hooks) }}
    {{ return({'relations': [target]}) }}
{% endmaterialization %}


{#-
  The code with the values of the run's settings, each a query of the run context's one row (`run_setting`). Several of
  them in one statement make Spark 4.3 stop now and then with "Subquery … has not finished"; and with values it reads only
  the files that it needs.
-#}
{% macro spark_settings_known(code) -%}
    {%- set asked = {} -%}
    {%- for query, name, relation in modules.re.findall('([(]select run_setting[.](\w+) from (\S+) as run_setting[)])', code) -%}
        {%- do asked.update({query: (name, relation)}) -%}
    {%- endfor -%}
    {%- set known = namespace(code=code) -%}
    {%- if asked -%}
        {%- set queries = asked | list -%}
        {%- set wanted = [] -%}
        {%- for query in queries -%}
            {%- do wanted.append('cast(' ~ asked[query][0] ~ ' as string), typeof(' ~ asked[query][0] ~ ')') -%}
        {%- endfor -%}
        {%- set row = run_query('select ' ~ wanted | join(', ') ~ ' from ' ~ asked[queries[0]][1]).rows[0] -%}
        {%- for query in queries -%}
            {%- set value, type = row[2 * loop.index0], row[2 * loop.index0 + 1] -%}
            {%- set literal = 'null' if value is none else "'" ~ value | replace("'", "''") ~ "'" -%}
            {%- set known.code = known.code | replace(query, 'cast(' ~ literal ~ ' as ' ~ type ~ ')') -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(known.code) }}
{%- endmacro %}


{#- A column that the model has since and the table hasn't; it is null in what was remembered before. -#}
{% macro spark_new_columns_added(target, code) -%}
    {%- call statement('additions') -%}
        create or replace temporary view additions_to_{{ target.identifier }} as {{ code }}
    {%- endcall -%}
    {%- set known = run_query('describe ' ~ target).columns[0].values() -%}
    {%- set added = [] -%}
    {%- for row in run_query('describe additions_to_' ~ target.identifier).rows if row[0] not in known -%}
        {%- do added.append(adapter.quote(row[0]) ~ ' ' ~ row[1]) -%}
    {%- endfor -%}
    {%- if added -%}
        {%- call statement('columns') -%} alter table {{ target }} add columns ({{ added | join(', ') }}) {%- endcall -%}
    {%- endif -%}
{%- endmacro %}


{% macro spark_contract_kept(code) -%}
    {%- if config.get('contract').enforced -%}
        select
            {%- for column in model.columns.values() %}
            cast({{ adapter.quote(column.name) }} as {{ spark_type(column.data_type) }}) as {{ adapter.quote(column.name) }}
            {{- ',' if not loop.last }}
            {%- endfor %}
        from (
            {{ code }}
        ) as built
    {%- else -%}
        {{ code }}
    {%- endif -%}
{%- endmacro %}


{#- A contract's type, which is DuckDB's, in Spark's words. -#}
{% macro spark_type(data_type) -%}
    {{ {'varchar': 'string', 'timestamp': 'timestamp_ntz', 'hugeint': 'decimal(38, 0)'}.get(data_type, data_type) }}
{%- endmacro %}
