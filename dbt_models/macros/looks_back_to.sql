{#-
  The timestamp that a lookback reaches back to; null means without limit, which 0 days stand for. `days` and `anchor`
  are columns of the company's setting or of a model's own window; the calling select joins `opportunities` and
  `run_context`.
-#}
{% macro looks_back_to(days, anchor) -%}
    case
        when {{ days }} = 0 then null
        else {{ dbt.dateadd(
            'day',
            '-' ~ days,
            "case " ~ anchor ~ "
                when 'close' then coalesce(opportunities.closed_at, run_context.as_of)
                else opportunities.created_at
            end"
        ) }}
    end
{%- endmacro %}
