{#- Whom a marketing tool's record is put down to, by the reference table creation_sources. -#}

{#-
  Each record of the CTE `evidence` (key, source, detail, user_key) with the row of the CTE `rules` that covers it and its
  team. A row that names the form, app or list comes before one of the source alone. The detail tells something where a
  row names it, or where the source says nothing of a team.
-#}
{% macro told_creations(key) -%}
    select
        evidence.*,
        rules.team,
        case when rules.detail is not null or coalesce(rules.team, 'system') = 'system' then evidence.detail end
            as telling_detail
    from evidence
    left join rules
        on
            evidence.source = rules.source
            and coalesce(rules.detail, lower(trim(evidence.detail)), '') = coalesce(lower(trim(evidence.detail)), '')
    qualify
        row_number() over (
            partition by {% for column in key %}evidence.{{ column }}{{ ', ' if not loop.last }}{% endfor %}
            order by case when rules.detail is null then 1 else 0 end asc
        ) = 1
{%- endmacro %}


{#-
  The creator that a record or a change is put down to: the user where a user did it, else a stand-in for the form, app
  or import, `hubspot:creation:form`, which `creation_sources` gives a team. A source that no row of the table covers is
  a stand-in, too, whoever's name is on it, so that no app passes for a human. Without any source the user counts.
-#}
{% macro creator_key(source, detail, user_key, team, system='hubspot') -%}
    case
        when {{ source }} is null then {{ user_key }}
        when {{ team }} = 'user' and {{ user_key }} is not null then {{ user_key }}
        else {{ record_key(system, 'creation', source) }} || coalesce(':' || {{ detail }}, '')
    end
{%- endmacro %}
