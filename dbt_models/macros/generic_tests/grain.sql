{#-
  Fails if two rows share the same key, or a key has a null: what "one row per …" promises. One query where `unique` and
  a `not_null` per column would be several.
-#}
{% test grain(model, columns) %}
    select
        {{ columns | join(', ') }},
        count(*) as rows_found
    from {{ model }}
    group by {{ columns | join(', ') }}
    having
        count(*) > 1
        {%- for column in columns %}
        or {{ column }} is null
        {%- endfor %}
{% endtest %}
