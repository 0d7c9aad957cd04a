with

-- Addresses that a record once had add to what its other keys say, after they have shown that they contradict nobody.
former_addresses as (

    select
        component_id,
        record_component_id as part_id
    from {{ ref('int_identity__former_addresses') }}
    where component_id is not null

    union

    select
        component_id,
        email_component_id as part_id
    from {{ ref('int_identity__former_addresses') }}
    where component_id is not null

)

select
    email_components.identifier_id,
    coalesce(former_addresses.component_id, email_components.component_id) as component_id
from {{ ref('int_identity__email_components') }} as email_components
left join former_addresses
    on email_components.component_id = former_addresses.part_id
