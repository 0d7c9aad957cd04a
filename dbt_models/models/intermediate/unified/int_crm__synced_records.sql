with

hubspot as (

    {% for other_type in ['lead', 'contact'] -%}
    select
        source_system,
        'contact' as record_type,
        {{ record_key('hubspot', 'contact', 'contact_id') }} as record_id,
        'salesforce' as other_system,
        '{{ other_type }}' as other_type,
        salesforce_{{ other_type }}_id as other_record_id
    from {{ ref('stg_hubspot__contacts') }}
    where salesforce_{{ other_type }}_id is not null
    {% if not loop.last %}
    union all

    {% endif -%}
    {% endfor %}
),

marketo as (

    {% for other_type in ['lead', 'contact'] -%}
    select
        source_system,
        'lead' as record_type,
        lead_key as record_id,
        'salesforce' as other_system,
        '{{ other_type }}' as other_type,
        salesforce_{{ other_type }}_id as other_record_id
    from {{ ref('int_marketo__leads') }}
    where salesforce_{{ other_type }}_id is not null
    {% if not loop.last %}
    union all

    {% endif -%}
    {% endfor %}
),

named as (

    select * from hubspot
    union all
    select * from marketo

),

delivered as (

    select
        source_system,
        'lead' as record_type,
        lead_id as record_id
    from {{ ref('int_crm__leads') }}

    union all

    select
        source_system,
        'contact' as record_type,
        contact_id as record_id
    from {{ ref('int_crm__contacts') }}

)

-- A record that wasn't delivered joins nothing.
select named.*
from named
inner join delivered
    on
        named.other_system = delivered.source_system
        and named.other_type = delivered.record_type
        and named.other_record_id = delivered.record_id
