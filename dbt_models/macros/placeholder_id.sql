{#-
  The id of a user or a browser as it is compared with the placeholder mailboxes: "Not logged-in" is notloggedin. Its
  digits stay, because user-17 is somebody.
-#}
{% macro placeholder_id(id) -%}
    regexp_replace(lower({{ id }}), '[^\p{L}\p{N}]+', ''{{ every_match() }})
{%- endmacro %}


{#- Whether an id is a field that a template was meant to fill in, still between its marks: ${userId}, %%id%%, [id]. -#}
{% macro is_unfilled_field(id) -%}
    {{ matches_pattern(id, '^[\\[{<%$#*|(]+.*[\\]}>%#*|)]+$') }}
{%- endmacro %}
