{#-
  What HubSpot's loaders write in one cell: lists of ids, JSON, and the words for how something came to be.
-#}

{#-
  The ids in a cell that lists records, one row each, as a set-returning expression of a select: `7`, `7;8`, `[7, 8]`,
  `["7"]`, or the API's objects, `[{"id": "7", "type": "deal_to_contact"}]`, of which only the ids count.
-#}
{% macro listed_ids(cell) -%}
    {{ return(adapter.dispatch('listed_ids', 'throughline')(cell)) }}
{%- endmacro %}

{% macro default__listed_ids(cell) -%}
    explode(regexp_extract_all({{ bare_ids(cell) }}, '[0-9A-Za-z_-]+', 0))
{%- endmacro %}

{% macro duckdb__listed_ids(cell) -%}
    unnest(regexp_extract_all({{ bare_ids(cell) }}, '[0-9A-Za-z_-]+'))
{%- endmacro %}

{#- Without the names of JSON's fields and the values of those that say of what kind an association is. -#}
{% macro bare_ids(cell) -%}
    regexp_replace(
        {{ cell }},
        '"(type|label|category|typeId|type_id|associationTypeId)"[ ]*:[ ]*("[^"]*"|[0-9]+|null)|"[^"]*"[ ]*:',
        ''{{ every_match() }}
    )
{%- endmacro %}


{#- The e-mail addresses in a cell, one row each, as a set-returning expression of a select: a list, or JSON. -#}
{% macro listed_addresses(cell) -%}
    {{ return(adapter.dispatch('listed_addresses', 'throughline')(cell)) }}
{%- endmacro %}

{% macro default__listed_addresses(cell) -%}
    explode(regexp_extract_all({{ cell }}, '{{ engine_pattern(address_pattern()) }}', 0))
{%- endmacro %}

{% macro duckdb__listed_addresses(cell) -%}
    unnest(regexp_extract_all({{ cell }}, '{{ address_pattern() }}'))
{%- endmacro %}

{% macro address_pattern() -%}
    [^][{}<>";:, |]+@[^][{}<>";:, |]+
{%- endmacro %}


{#- The elements of a JSON list, or of the list in a field of a JSON object, as a set-returning expression of a select. -#}
{% macro json_elements(cell, field=none) -%}
    {{ return(adapter.dispatch('json_elements', 'throughline')(cell, field)) }}
{%- endmacro %}

{% macro default__json_elements(cell, field) -%}
    explode(from_json({% if field %}get_json_object({{ cell }}, '$.{{ field }}'){% else %}{{ cell }}{% endif %}, 'array<string>'))
{%- endmacro %}

{% macro duckdb__json_elements(cell, field) -%}
    unnest(json_extract(case when json_valid({{ cell }}) then {{ cell }} end, '${{ '.' ~ field if field }}[*]'))
{%- endmacro %}


{#- A field of a JSON object as text; `way` is dotted. -#}
{% macro json_field(element, way) -%}
    {{ return(adapter.dispatch('json_field', 'throughline')(element, way)) }}
{%- endmacro %}

{% macro default__json_field(element, way) -%}
    get_json_object({{ element }}, '$.{{ way }}')
{%- endmacro %}

{% macro duckdb__json_field(element, way) -%}
    json_extract_string({{ element }}, '$.{{ way }}')
{%- endmacro %}


{#- A word for how something came to be in one spelling: `CRM UI` and `CRM_UI` are `crm_ui`. -#}
{% macro source_word(word) -%}
    nullif(regexp_replace(lower(trim({{ word }})), '[^a-z0-9]+', '_'{{ every_match() }}), '')
{%- endmacro %}


{#- A property's value that is a timestamp: milliseconds since 1970 in the history, or ISO. -#}
{% macro property_moment(value) -%}
    {{ return(adapter.dispatch('property_moment', 'throughline')(value)) }}
{%- endmacro %}

{% macro default__property_moment(value) -%}
    case
        when {{ matches_pattern(value, '^[0-9]{11,14}$') }} then timestamp_millis(cast({{ value }} as bigint))
        else try_cast({{ value }} as timestamp)
    end
{%- endmacro %}

{% macro duckdb__property_moment(value) -%}
    case
        when {{ matches_pattern(value, '^[0-9]{11,14}$') }} then make_timestamp(cast({{ value }} as bigint) * 1000)
        -- The engine would drop an offset when it casts a text to timestamp.
        when {{ matches_pattern(value, ':.*[+-][0-9]{2}:?[0-9]{0,2}$') }}
            then timezone('UTC', try_cast({{ value }} as timestamptz))
        else try_cast(replace({{ value }}, 'Z', '') as timestamp)
    end
{%- endmacro %}


{#- A stage's id or label in one spelling: names of columns have no hyphens, a label names its pipeline as well. -#}
{% macro stage_word(stage) -%}
    regexp_replace(lower(trim(regexp_replace({{ stage }}, '[ ]*[(][^()]*[)]$', ''))), '[^a-z0-9]+', ''{{ every_match() }})
{%- endmacro %}


{#- The company's day of a deal's close: a timestamp that falls on midnight sharp is a date already. -#}
{% macro deal_close_date(closed_at) -%}
    cast(case when {{ has_time(closed_at) }} then {{ to_company_time(closed_at) }} else {{ closed_at }} end as date)
{%- endmacro %}
