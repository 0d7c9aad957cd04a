{#-
  Marketo's activities: each kind in a table of its own, or all of them in one.
-#}

{#-
  The activities of a kind, once each: those of its own table, and those of the table of all kinds that have its number.
  `columns` are the staging's names for what is particular to the kind.
-#}
{% macro marketo_activities(kind, type_id, columns) -%}
    {%- set common = [
        'activity_id', 'lead_id', 'smart_campaign_id', 'asset_id', 'asset_name', 'happened_at', 'source_file'
    ] -%}
    select
        {% for column in common + columns -%}
        {{ column }},
        {% endfor -%}
        'activities_{{ kind }}' as source_object
    from {{ ref('stg_marketo__activities_' ~ kind) }}
    where not is_deleted

    union all

    select
        {% for column in common + columns -%}
        everything.{{ column }},
        {% endfor -%}
        'activities' as source_object
    from {{ ref('stg_marketo__activities') }} as everything
    left join {{ ref('stg_marketo__activities_' ~ kind) }} as its_own
        on everything.activity_id = its_own.activity_id
    where
        everything.activity_type_id = '{{ type_id }}'
        and not everything.is_deleted
        and its_own.activity_id is null
{%- endmacro %}


{#-
  The word for how a lead or a change came to be: what the Salesforce sync did has one word, however Marketo writes it.
-#}
{% macro marketo_source(word, salesforce_type='null') -%}
    case
        when {{ salesforce_type }} is not null then 'salesforce_sync'
        when {{ matches_pattern(source_word(word), 'salesforce|sfdc') }} then 'salesforce_sync'
        else {{ source_word(word) }}
    end
{%- endmacro %}


{#- Marketo's user who did something, as a key: an address or a name, in any case. -#}
{% macro marketo_user_key(name) -%}
    {{ record_key('marketo', 'user', "nullif(lower(trim(" ~ name ~ ")), '')") }}
{%- endmacro %}


{#- An address with the parameters that Marketo keeps beside it. -#}
{% macro marketo_page(address, parameters) -%}
    case
        when {{ parameters }} is null or {{ address }} like '%?%' then {{ address }}
        else coalesce({{ address }}, '/') || '?' || {{ parameters }}
    end
{%- endmacro %}
