{#- Whom a marketing tool's record is put down to, by the reference table creation_sources. -#}

{#-
  Each record of the CTE `evidence` (source_system, source, detail and others) with the team of the row of
  creation_sources that covers it: the row that names its form, app or list, else that of its source alone. The detail
  tells something where a row names it, or where the source says nothing of a team.
-#}
{% macro told_creations() -%}
    with rules as (

        select * from {{ ref('stg_reference__creation_sources') }}

    ),

    general_rules as (

        select * from rules
        where detail is null

    )

    select
        evidence.*,
        coalesce(named_rules.team, general_rules.team) as team,
        case
            when named_rules.detail is not null or coalesce(general_rules.team, 'system') = 'system'
                then evidence.detail
        end as telling_detail
    from evidence
    left join rules as named_rules
        on
            evidence.source_system = named_rules.source_system
            and evidence.source = named_rules.source
            and lower(trim(evidence.detail)) = named_rules.detail
    left join general_rules
        on
            evidence.source_system = general_rules.source_system
            and evidence.source = general_rules.source
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
