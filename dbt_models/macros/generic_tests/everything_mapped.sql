{#-
  Warns for each value of the data that no reference row covers: the column says `unmapped`, `described_by` lists the
  columns whose values the reference lacks. Such rows stay in every total, so this never blocks.
-#}
{% test everything_mapped(model, column_name, described_by) %}
    {{ config(severity='warn') }}
    select
        {{ described_by | join(', ') }},
        count(*) as rows_found
    from {{ model }}
    where {{ column_name }} = 'unmapped'
    group by {{ described_by | join(', ') }}
{% endtest %}
