with

rules as (

    select
        source,
        min(team) as team
    from {{ ref('stg_reference__creation_sources') }}
    where source_system = 'marketo' and detail is null
    group by source

),

changes as (

    {{ marketo_activities(
        'change_data_value', 13, ['old_value', 'new_value', 'change_source', 'modifying_user']
    ) | indent(4) }}

),

stage_changes as (

    {{ marketo_activities('change_revenue_stage', 101, ['old_stage', 'new_stage']) | indent(4) }}

),

-- Fields go by the names that they have on the screen, which newer accounts write with Person for Lead.
named as (

    select
        activity_id as history_id,
        lead_id,
        case regexp_replace(lower(asset_name), '[^a-z]+', ''{{ every_match() }})
            when 'leadstatus' then 'status'
            when 'personstatus' then 'status'
            when 'revenuestage' then 'status'
            when 'leadrevenuestage' then 'status'
            when 'leadsource' then 'lead_source'
            when 'personsource' then 'lead_source'
            when 'email' then 'email'
            when 'emailaddress' then 'email'
        end as field,
        nullif(trim(old_value), '') as old_value,
        nullif(trim(new_value), '') as new_value,
        {{ marketo_source('change_source') }} as source,
        {{ marketo_user_key('modifying_user') }} as user_key,
        happened_at as changed_at
    from changes

    union all

    -- What moves a lead in the revenue model is the model itself, or a flow: no user is told.
    select
        activity_id as history_id,
        lead_id,
        'status' as field,
        nullif(trim(old_stage), '') as old_value,
        nullif(trim(new_stage), '') as new_value,
        cast(null as {{ dbt.type_string() }}) as source,
        cast(null as {{ dbt.type_string() }}) as user_key,
        happened_at as changed_at
    from stage_changes
    where nullif(trim(new_stage), '') is not null

)

select
    named.history_id,
    named.lead_id,
    named.field,
    named.old_value,
    named.new_value,
    named.source,
    named.user_key,
    {{ creator_key('named.source', 'null', 'named.user_key', 'rules.team', 'marketo') }} as changed_by_id,
    named.changed_at
from named
left join rules
    on named.source = rules.source
where named.field is not null
