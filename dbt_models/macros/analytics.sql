{#-
  What Google Analytics 4 writes in its own way: whole microseconds for timestamps, and words for sources that it doesn't
  know.
-#}

{#- Whole microseconds since 1970 as a timestamp, UTC. -#}
{% macro microseconds_to_timestamp(column) -%}
    {{ return(adapter.dispatch('microseconds_to_timestamp', 'throughline')(column)) }}
{%- endmacro %}

{% macro default__microseconds_to_timestamp(column) -%}
    timestamp_micros({{ column }})
{%- endmacro %}

{% macro duckdb__microseconds_to_timestamp(column) -%}
    make_timestamp({{ column }})
{%- endmacro %}


{#- A source, medium or campaign, or null where the word says that there is none. -#}
{% macro stated_source(column) -%}
    case
        when
            lower(trim({{ column }})) not in (
                '(direct)', '(none)', '(not set)', '(not provided)', '(data not available)', '(other)', '<other>'
            )
            then {{ column }}
    end
{%- endmacro %}
