with

told as (

    {% for model, source_object in [
        ('segment__pages', 'pages'),
        ('segment__tracks', 'tracks'),
        ('segment__identifies', 'identifies'),
        ('rudderstack__pages', 'pages'),
        ('rudderstack__tracks', 'tracks'),
        ('rudderstack__identifies', 'identifies'),
        ('ga4__events', 'events'),
        ('snowplow__events', 'events'),
    ] -%}
    select
        source_system,
        '{{ source_object }}' as source_object,
        nullif(trim(consent_value), '') as consent_value,
        consent
    from {{ ref('stg_' ~ model) }}
    where not is_deleted
    {% if not loop.last %}
    union all

    {% endif -%}
    {% endfor %}
)

select
    source_system,
    source_object,
    consent_value,
    consent,
    count(*) as records
from told
group by source_system, source_object, consent_value, consent
