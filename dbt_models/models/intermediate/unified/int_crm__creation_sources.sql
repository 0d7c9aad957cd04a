with

hubspot as (

    select distinct
        'hubspot' as source_system,
        created_by_id as user_key,
        source,
        detail
    from {{ ref('int_hubspot__creations') }}
    where created_by_id like 'hubspot:creation:%'

    union

    select distinct
        'hubspot' as source_system,
        changed_by_id as user_key,
        source,
        cast(null as {{ dbt.type_string() }}) as detail
    from {{ ref('int_hubspot__property_changes') }}
    where changed_by_id like 'hubspot:creation:%'

    union

    select distinct
        'hubspot' as source_system,
        creator_key as user_key,
        creation_source as source,
        cast(null as {{ dbt.type_string() }}) as detail
    from {{ ref('int_hubspot__engagements') }}
    where creator_key like 'hubspot:creation:%'

),

marketo as (

    select distinct
        'marketo' as source_system,
        created_by_id as user_key,
        source,
        detail
    from {{ ref('int_marketo__creations') }}
    where created_by_id like 'marketo:creation:%'

    union

    select distinct
        'marketo' as source_system,
        changed_by_id as user_key,
        source,
        cast(null as {{ dbt.type_string() }}) as detail
    from {{ ref('int_marketo__field_changes') }}
    where changed_by_id like 'marketo:creation:%'

),

unioned as (

    select * from hubspot
    union all
    select * from marketo

)

select
    source_system,
    user_key,
    source,
    detail,
    upper(source) || coalesce(': ' || detail, '') as user_name
from unioned
