{#-
  The mailbox of an address as it is compared with the placeholders: no.email and no-email2 are noemail. Null below four
  letters, where initials and real names begin to look the same; such placeholders must stand as they are.
-#}
{% macro placeholder_mailbox(local_part) -%}
    nullif(
        regexp_extract(
            regexp_replace({{ local_part }}, '([0-9]+$|[^\p{L}\p{N}]+)', ''{{ every_match() }}), '^.{4,}$', 0
        ),
        ''
    )
{%- endmacro %}
