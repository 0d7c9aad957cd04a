{#-
  The last word of a person's name, for telling humans apart: case and punctuation don't count. Only a third surname on
  one key is taken as a third human, so that a name written the other way round, or a marriage, splits nobody.
-#}
{% macro surname(name) -%}
    nullif(regexp_extract({{ normalised_company_name(name) }}, '[^ ]+$', 0), '')
{%- endmacro %}
