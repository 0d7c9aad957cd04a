with

account_survivors as (

    select * from {{ ref('int_identity__account_survivors') }}

),

users_by_email as (

    select
        email,
        user_id
    from {{ ref('int_crm__users') }}
    where email is not null
    qualify
        row_number() over (
            partition by email
            order by case when is_active then 0 else 1 end asc, user_id asc, source_system asc
        ) = 1

)

select
    coalesce(account_survivors.live_account_id, portfolios.account_id) as account_id,
    lower(trim(portfolios.team)) as team,
    coalesce(users_by_email.user_id, portfolios.owner_email) as user_id,
    coalesce(portfolios.valid_from, cast('1900-01-01' as date)) as valid_from,
    coalesce(portfolios.valid_to, cast('9999-12-31' as date)) as valid_to
from {{ ref('int_planning__portfolios') }} as portfolios
left join users_by_email
    on portfolios.owner_email = users_by_email.email
left join account_survivors
    on portfolios.account_id = account_survivors.account_id
where
    lower(trim(portfolios.team)) in ('marketing', 'sales')
    and (portfolios.valid_to is null or portfolios.valid_from is null or portfolios.valid_from < portfolios.valid_to)
