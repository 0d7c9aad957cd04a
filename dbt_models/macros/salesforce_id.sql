{#-
  One spelling for a Salesforce record id.

  The same record has a 15-character, case-sensitive id and an 18-character one, which adds a checksum of the capitals:
  per group of five characters, bit i is set when character i is a capital, and the number picks from A-Z, 0-5.
  Reports and old exports hold the short id, the API the long one. When any long id was delivered
  (`expand_short_ids` of the run context), short ids become long; a landing folder that knows only short ids keeps them.
  Whatever isn't 15 letters and digits stays as it is.

  The calling select has `run_context` in its from clause: one row, one join, instead of a subquery for each id column.
-#}
{% macro salesforce_id(column) -%}
    case
        when run_context.expand_short_ids and {{ matches_pattern(column, '^[0-9A-Za-z]{15}$') }}
            then {{ column }} || {{ salesforce_id_checksum(column) }}
        else {{ column }}
    end
{%- endmacro %}


{#- Three characters, each for five of the id: bit i of its number is set when character i is a capital. -#}
{% macro salesforce_id_checksum(column) -%}
    {%- for first in [1, 6, 11] -%}
        {%- if not loop.first %} || {% endif -%}
        substr(
            'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345',
            1
            {%- for bit in range(5) %}
            + case when substr({{ column }}, {{ first + bit }}, 1) between 'A' and 'Z' then {{ 2 ** bit }} else 0 end
            {%- endfor %},
            1
        )
    {%- endfor -%}
{%- endmacro %}


{#-
  The user id of a web event: an e-mail address, a CRM record id or the site's own id. An address is folded to lower
  case, a lead or contact id gets its one spelling; an id of the site's own is left alone, whatever its length.
-#}
{% macro web_user_id(column) -%}
    case
        when {{ column }} like '%@%' then lower(trim({{ column }}))
        when substr({{ column }}, 1, 3) in ('00Q', '003') then {{ salesforce_id(column) }}
        else {{ column }}
    end
{%- endmacro %}
