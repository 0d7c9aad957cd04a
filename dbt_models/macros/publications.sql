{#-
  What compares a publication with the one before it: marks of sets, yesterday's state, and whose a difference is.
-#}

{#-
  A whole number that stands for a text, the same on every day and machine: half of its MD5. Numbers of a set are summed
  into the mark of the set.
-#}
{% macro mark_of(text) -%}
    {{ return(adapter.dispatch('mark_of', 'throughline')(text)) }}
{%- endmacro %}

{#- The last eight bytes, the least of them first, as DuckDB takes them. -#}
{% macro default__mark_of(text) -%}
    cast(
        conv(concat(
            {%- for byte in range(31, 15, -2) %}
            substring(md5({{ text }}), {{ byte }}, 2){{ ',' if not loop.last }}
            {%- endfor %}
        ), 16, 10) as decimal(38, 0)
    )
{%- endmacro %}

{% macro duckdb__mark_of(text) -%}
    md5_number_lower({{ text }})
{%- endmacro %}


{#- The kept versions of a table that held when the previous publication was made. -#}
{% macro state_before(kept) -%}
    select kept.*
    from {{ kept }} as kept
    cross join {{ ref('int_publications__pair') }} as pair
    where
        kept.valid_from <= pair.previous_number
        and (kept.valid_to is null or kept.valid_to > pair.previous_number)
{%- endmacro %}


{#-
  Whose a change is: the data's, if data came and the mark that feeds the changed part moved; else the reference tables',
  if they were edited; else the project's, if its rules are another version; else that of data which came some other way.
-#}
{% macro cause_of(data_cause, is_moved, otherwise) -%}
    case
        when is_data_moved and ({{ is_moved }}) then {{ data_cause }}
        when is_configuration_moved then 'configuration'
        when is_definition_moved then 'definition'
        else {{ otherwise }}
    end
{%- endmacro %}


{#- Whether two values are the same, where two blank ones are. -#}
{% macro is_same(left, right) -%}
    coalesce({{ left }} = {{ right }}, {{ left }} is null and {{ right }} is null)
{%- endmacro %}
