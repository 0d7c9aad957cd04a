{%- set properties = [
    'createdate', 'email', 'lifecyclestage', 'hs_lead_status', 'hs_analytics_source', 'hubspot_owner_id', 'dealstage',
    'amount', 'closedate'
] %}

with

-- Which kinds of change a user makes by hand; the others are a program's, whoever's name is on them.
rules as (

    select
        source,
        team
    from {{ ref('stg_reference__creation_sources') }}
    where source_system = 'hubspot' and detail is null

),

-- The API gives the history with its record, by property; another loader in one list.
nested as (

    {% for record_type in ['contact', 'deal'] -%}
    {% for property in properties -%}
    select
        '{{ record_type }}' as record_type,
        {{ record_type }}_id as record_id,
        '{{ property }}' as property,
        {{ json_elements('property_history', property) }} as element
    from {{ ref('stg_hubspot__' ~ record_type ~ 's') }}
    where property_history is not null

    union all

    {% endfor -%}
    select
        '{{ record_type }}' as record_type,
        {{ record_type }}_id as record_id,
        null as property,
        {{ json_elements('property_versions') }} as element
    from {{ ref('stg_hubspot__' ~ record_type ~ 's') }}
    where property_versions is not null
    {% if not loop.last %}
    union all

    {% endif -%}
    {% endfor %}
),

told as (

    {% for record_type in ['contact', 'deal'] -%}
    select
        '{{ record_type }}' as record_type,
        {{ record_type }}_id as record_id,
        property,
        value,
        changed_at,
        source_type,
        source_id,
        changed_by_user_id
    from {{ ref('stg_hubspot__' ~ record_type ~ '_property_history') }}
    where not is_deleted

    union all

    {% endfor -%}
    select
        case when lower(object_type) in ('0-3', 'deal', 'deals') then 'deal' else 'contact' end as record_type,
        object_id as record_id,
        property,
        value,
        changed_at,
        source_type,
        source_id,
        changed_by_user_id
    from {{ ref('stg_hubspot__property_history') }}
    where
        not is_deleted
        and lower(object_type) in ('0-1', 'contact', 'contacts', '0-3', 'deal', 'deals')

    union all

    select
        'deal' as record_type,
        deal_id as record_id,
        'dealstage' as property,
        stage_id as value,
        changed_at,
        source_type,
        source_id,
        changed_by_user_id
    from {{ ref('stg_hubspot__deal_stage_history') }}
    where not is_deleted

    union all

    select
        record_type,
        record_id,
        coalesce(property, {{ json_field('element', 'name') }}) as property,
        {{ json_field('element', 'value') }} as value,
        {{ property_moment(json_field('element', 'timestamp')) }} as changed_at,
        coalesce({{ json_field('element', 'sourceType') }}, {{ json_field('element', 'source') }}) as source_type,
        {{ json_field('element', 'sourceId') }} as source_id,
        {{ json_field('element', 'updatedByUserId') }} as changed_by_user_id
    from nested

),

given as (

    select
        record_type,
        record_id,
        lower(trim(property)) as property,
        nullif(trim(value), '') as value,
        changed_at,
        {{ source_word('source_type') }} as source,
        source_id,
        changed_by_user_id
    from told
    where
        lower(trim(property)) in (
            {% for property in properties -%}
            '{{ property }}'{{ ',' if not loop.last }}
            {% endfor -%}
        )

),

-- The history of a record that was merged away is its survivor's.
resolved as (

    select
        given.record_type,
        coalesce(merged.survivor_id, given.record_id) as record_id,
        given.property,
        given.value,
        given.changed_at,
        given.source,
        coalesce(
            given.changed_by_user_id,
            nullif(regexp_extract(given.source_id, 'userId:([0-9A-Za-z_-]+)', 1), '')
        ) as user_id,
        case when merged.survivor_id is null then 0 else 1 end as merged_rank
    from given
    left join {{ ref('int_hubspot__merged_ids') }} as merged
        on
            given.record_type = merged.record_type
            and given.record_id = merged.record_id
    where given.changed_at is not null

),

-- Two tables may tell of one change; one of them knows the user.
told_once as (

    select * from resolved
    qualify
        row_number() over (
            partition by record_type, record_id, property, changed_at
            order by merged_rank asc, user_id asc nulls last, source asc nulls last, value asc nulls last
        ) = 1

),

-- A value that is written again, as every sync does, is no change.
numbered as (

    select
        *,
        lag(value) over (
            partition by record_type, record_id, property
            order by changed_at asc
        ) as old_value,
        row_number() over (
            partition by record_type, record_id, property
            order by changed_at asc
        ) as value_number
    from told_once

)

select
    numbered.record_type,
    numbered.record_id,
    numbered.property,
    numbered.old_value,
    numbered.value as new_value,
    numbered.changed_at,
    numbered.source,
    numbered.user_id,
    {{ creator_key('numbered.source', 'null', record_key('hubspot', 'user', 'numbered.user_id'), 'rules.team') }}
        as changed_by_id,
    numbered.value_number,
    'hubspot:change:' || numbered.record_type || ':' || numbered.record_id || ':' || numbered.property
    || ':' || numbered.value_number as history_id
from numbered
left join rules
    on numbered.source = rules.source
where numbered.value_number = 1 or numbered.value is distinct from numbered.old_value
