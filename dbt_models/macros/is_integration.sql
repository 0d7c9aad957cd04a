{#-
  Whether a CRM user is an integration and no human: its title or department says nothing else, or its name holds a word
  that no human's has. A title such as Integration Manager is a human's. Another word here turns what such a user made
  from a colleague's work into a program's, in what readers see; it moves no credit and no response.
-#}
{% macro is_integration(users) -%}
    (
        {{ matches_pattern(
            "lower(trim(coalesce(" ~ users ~ ".title, '')))", '^(integrations?|api|system)( (user|account))?$|^automated process$'
        ) }}
        or {{ matches_pattern(
            "lower(trim(coalesce(" ~ users ~ ".department, '')))", '^integrations?$'
        ) }}
        or {{ matches_pattern(
            "lower(coalesce(" ~ users ~ ".user_name, ''))",
            '(^|[^a-z])(integrations?|api|sync|connector|webhooks?|automated process)([^a-z]|$)'
        ) }}
    )
{%- endmacro %}
