{#- Fails if one of the columns has nulls: one row per such column, with its number of them. All in one scan. -#}
{% test never_null(model, columns) %}
    with

    nulls as (

        select
            {%- for column in columns %}
            count(*) - count({{ column }}) as nulls_in_{{ column }}
            {{- ',' if not loop.last }}
            {%- endfor %}
        from {{ model }}

    )

    {%- for column in columns %}
    select
        '{{ column }}' as column_name,
        nulls_in_{{ column }} as nulls_found
    from nulls
    where nulls_in_{{ column }} > 0
    {{ 'union all' if not loop.last }}
    {%- endfor %}
{% endtest %}
