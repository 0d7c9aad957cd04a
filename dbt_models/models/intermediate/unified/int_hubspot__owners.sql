with

owners as (

    select
        owner_id,
        coalesce(user_id, former_user_id) as user_id,
        email,
        nullif(trim(coalesce(first_name, '') || ' ' || coalesce(last_name, '')), '') as user_name
    from {{ ref('stg_hubspot__owners') }}

),

-- Of the users with an owner's address, the first one.
users as (

    select
        email,
        min(user_id) as user_id
    from {{ ref('stg_hubspot__users') }}
    where email is not null
    group by email

),

known as (

    select
        owners.owner_id,
        owners.email,
        owners.user_name,
        coalesce(
            {{ record_key('hubspot', 'user', 'coalesce(owners.user_id, users.user_id)') }},
            {{ record_key('hubspot', 'owner', 'owners.owner_id') }}
        ) as user_key
    from owners
    left join users
        on owners.email = users.email

),

people as (

    select
        email,
        user_name,
        user_key
    from known

    union

    select
        email,
        nullif(trim(coalesce(first_name, '') || ' ' || coalesce(last_name, '')), '') as user_name,
        {{ record_key('hubspot', 'user', 'user_id') }} as user_key
    from {{ ref('stg_hubspot__users') }}

),

-- HubSpot's own export names owners, and an address may stand for one; what stands for two stands for none.
named as (

    select
        owner_id as owner_given,
        user_key
    from known

    union

    {% for name in ['lower(user_name)', 'email'] -%}
    select
        {{ name }} as owner_given,
        min(user_key) as user_key
    from people
    where {{ name }} is not null
    group by {{ name }}
    having count(distinct user_key) = 1
    {% if not loop.last %}
    union

    {% endif -%}
    {% endfor %}
)

select
    owner_given,
    min(user_key) as user_key
from named
group by owner_given
