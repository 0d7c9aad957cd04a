{#-
  What stands for an e-mail address in the marts: the same address always gives the same hash, so people can still be
  counted and joined, and the salt (THROUGHLINE_EMAIL_SALT) keeps a list of known addresses from being matched to it.
-#}
{% macro salted_hash(expression) -%}
    {{ return(adapter.dispatch('salted_hash', 'throughline')(expression)) }}
{%- endmacro %}

{% macro default__salted_hash(expression) -%}
    sha2({{ run_setting('email_salt') }} || '|' || {{ expression }}, 256)
{%- endmacro %}

{% macro duckdb__salted_hash(expression) -%}
    sha256({{ run_setting('email_salt') }} || '|' || {{ expression }})
{%- endmacro %}
