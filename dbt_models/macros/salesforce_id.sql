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
  A Salesforce id inside a text that may hold anything: utm_campaign, a parameter of a URL, a tracker's user id. It is an
  id when it starts with one of the `prefixes` (701 campaign, 00Q lead, 003 contact, 001 account, 006 opportunity) and
  has 15 or 18 letters and digits; other texts stay as they are. It takes the form that the CRM's own ids have. The last
  three characters of a long id tell which letters are capitals, so one whose case a tool has folded is made whole
  again; a short one can't be, and stays.

  The calling select has `run_context` in its from clause, as for salesforce_id.
-#}
{% macro salesforce_id_in_text(column, prefixes) -%}
    case
        when upper(substr({{ column }}, 1, 3)) not in ('{{ prefixes | map("upper") | join("', '") }}') then {{ column }}
        when run_context.expand_short_ids and {{ matches_pattern(column, '^[0-9A-Za-z]{15}$') }}
            then {{ column }} || {{ salesforce_id_checksum(column) }}
        when {{ matches_pattern(column, '^[0-9A-Za-z]{15}[A-Za-z0-5]{3}$') }}
            then
                {{ salesforce_id_capitals(column) }}
                || case when run_context.expand_short_ids then upper(substr({{ column }}, 16, 3)) else '' end
        else {{ column }}
    end
{%- endmacro %}


{#- The first 15 characters of a long id in the case that its last three tell, whatever case it has now. -#}
{% macro salesforce_id_capitals(column) -%}
    {%- for position in range(15) -%}
        {%- if not loop.first %} || {% endif -%}
        case
            when
                mod(
                    cast(
                        floor(
                            (instr('ABCDEFGHIJKLMNOPQRSTUVWXYZ012345', upper(substr({{ column }}, {{ 16 + position // 5 }}, 1))) - 1)
                            / {{ 2 ** (position % 5) }}
                        ) as integer
                    ),
                    2
                ) = 1
                then upper(substr({{ column }}, {{ position + 1 }}, 1))
            else lower(substr({{ column }}, {{ position + 1 }}, 1))
        end
    {%- endfor -%}
{%- endmacro %}


{#-
  The user id of a web event: an e-mail address, a CRM record id or the site's own id. An address is folded to lower
  case, a lead or contact id gets its one spelling; an id of the site's own is left alone, whatever its length.
-#}
{% macro web_user_id(column) -%}
    case
        when {{ column }} like '%@%' then lower(trim({{ column }}))
        else {{ salesforce_id_in_text(column, ['00Q', '003']) }}
    end
{%- endmacro %}
