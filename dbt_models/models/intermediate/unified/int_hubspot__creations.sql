with

records as (

    {% for model, record_type in [('contacts', 'contact'), ('companies', 'company'), ('deals', 'deal')] -%}
    select
        '{{ record_type }}' as record_type,
        {{ record_type }}_id as record_id,
        {{ source_word('creation_source') }} as source,
        creation_detail as detail,
        coalesce(
            creation_user_id,
            nullif(regexp_extract(creation_source_id, 'userId:([0-9A-Za-z_-]+)', 1), ''),
            created_by_user_id
        ) as user_id
    from {{ ref('stg_hubspot__' ~ model) }}
    {% if not loop.last %}
    union all

    {% endif -%}
    {% endfor %}
),

-- Records from before HubSpot kept the source of their creation: the oldest row of their history tells it.
first_changes as (

    select
        record_type,
        record_id,
        source,
        user_id
    from {{ ref('int_hubspot__property_changes') }}
    where property in ('createdate', 'email') and source is not null
    qualify
        row_number() over (
            partition by record_type, record_id
            order by changed_at asc, property asc
        ) = 1

),

evidence as (

    select
        records.record_type,
        records.record_id,
        'hubspot' as source_system,
        coalesce(records.source, first_changes.source) as source,
        case when records.source is not null then records.detail end as detail,
        {{ record_key(
            'hubspot',
            'user',
            'coalesce(records.user_id, case when records.source is null then first_changes.user_id end)'
        ) }} as user_key
    from records
    left join first_changes
        on
            records.record_type = first_changes.record_type
            and records.record_id = first_changes.record_id

),

told as (

    {{ told_creations() | indent(4) }}

)

select
    record_type,
    record_id,
    source,
    telling_detail as detail,
    {{ creator_key('source', 'telling_detail', 'user_key', 'team') }} as created_by_id
from told
