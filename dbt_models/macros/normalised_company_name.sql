{#-
  A company's name for an exact comparison: case, punctuation and runs of blanks don't count, so "ACME,  Inc." equals
  "Acme Inc". The legal form stays: Acme Inc and Acme GmbH are two companies. Null when nothing is left.
-#}
{% macro normalised_company_name(name) -%}
    nullif(trim(regexp_replace(lower({{ name }}), '[^\p{L}\p{N}]+', ' '{{ every_match() }})), '')
{%- endmacro %}
