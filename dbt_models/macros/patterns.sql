{#- Regular expressions in the words of each engine: DuckDB has RE2's, Spark Java's. -#}

{#- Ends the arguments of regexp_replace that is to replace every match. -#}
{% macro every_match() -%}
    {{ return(adapter.dispatch('every_match', 'throughline')()) }}
{%- endmacro %}

{% macro default__every_match() -%}{%- endmacro %}

{% macro duckdb__every_match() -%}, 'g'{%- endmacro %}


{#- What a group of the match was, in a replacement. -#}
{% macro group_of_match(number) -%}
    {{ return(adapter.dispatch('group_of_match', 'throughline')(number)) }}
{%- endmacro %}

{% macro default__group_of_match(number) -%}${{ number }}{%- endmacro %}

{% macro duckdb__group_of_match(number) -%}\{{ number }}{%- endmacro %}


{#- A pattern of RE2's, which stands in the models, in the engine's words. -#}
{% macro engine_pattern(pattern) -%}
    {{ return(adapter.dispatch('engine_pattern', 'throughline')(pattern)) }}
{%- endmacro %}

{#- Java: `[` inside a class opens another one, and classes have other names. -#}
{% macro default__engine_pattern(pattern) -%}
    {{ return(pattern
        | replace('[[:space:]]', '\\s') | replace('[:cntrl:]', '\\p{Cntrl}')
        | replace('[^][', '[^\\]\\[') | replace('[[]', '\\[') | replace('[]]', '\\]') | replace('[^]]', '[^\\]]')) }}
{%- endmacro %}

{% macro duckdb__engine_pattern(pattern) -%}
    {{ return(pattern) }}
{%- endmacro %}
