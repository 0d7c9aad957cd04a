with

hubspot_contacts as (

    select
        source_system,
        contact_id,
        {{ listed_addresses('additional_emails') }} as email
    from {{ ref('stg_hubspot__contacts') }}
    where additional_emails is not null

),

-- A person is one record in HubSpot, as lead and as contact.
hubspot as (

    {% for record_type in ['lead', 'contact'] -%}
    select
        source_system,
        source_system || '_{{ record_type }}' as identifier_type,
        {{ record_key('hubspot', record_type, 'contact_id') }} as record_id,
        lower(email) as email
    from hubspot_contacts
    {% if not loop.last %}
    union all

    {% endif -%}
    {% endfor %}
)

select distinct
    source_system,
    identifier_type,
    record_id,
    email
from hubspot
