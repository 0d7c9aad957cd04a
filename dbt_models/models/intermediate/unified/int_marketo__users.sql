with

names as (

    select created_by_id as user_key
    from {{ ref('int_marketo__creations') }}
    where created_by_id like 'marketo:user:%'

    union

    select user_key
    from {{ ref('int_marketo__field_changes') }}
    where user_key is not null

),

users as (

    select
        user_key,
        substring(user_key, 14) as user_name,
        case when user_key like '%@%' then substring(user_key, 14) end as email
    from names

),

-- Marketo tells no department: whoever is a CRM's user as well is of the same team here.
crm_users as (

    select
        lower(trim(email)) as email,
        user_name,
        department,
        title,
        profile_id,
        user_role_id,
        is_active
    from {{ ref('stg_salesforce__user') }}
    where email is not null
    qualify
        row_number() over (
            partition by lower(trim(email))
            order by case when is_active then 0 else 1 end asc, created_at asc nulls last, user_id asc
        ) = 1

)

select
    'marketo' as source_system,
    users.user_key,
    users.email,
    coalesce(crm_users.user_name, users.user_name) as user_name,
    crm_users.department,
    crm_users.title,
    crm_users.profile_id,
    crm_users.user_role_id,
    coalesce(crm_users.is_active, true) as is_active
from users
left join crm_users
    on users.email = crm_users.email

union all

select
    'marketo' as source_system,
    user_key,
    cast(null as {{ dbt.type_string() }}) as email,
    min(user_name) as user_name,
    cast(null as {{ dbt.type_string() }}) as department,
    cast(null as {{ dbt.type_string() }}) as title,
    cast(null as {{ dbt.type_string() }}) as profile_id,
    cast(null as {{ dbt.type_string() }}) as user_role_id,
    true as is_active
from {{ ref('int_crm__creation_sources') }}
where source_system = 'marketo'
group by user_key
