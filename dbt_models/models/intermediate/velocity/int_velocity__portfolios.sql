with

account_survivors as (

    select * from {{ ref('int_accounts__survivors') }}

)

select
    coalesce(account_survivors.live_account_id, given_ids.record_key, portfolios.account_id) as account_id,
    lower(trim(portfolios.team)) as team,
    coalesce(user_emails.user_id, portfolios.owner_email) as user_id,
    coalesce(portfolios.valid_from, cast('1900-01-01' as date)) as valid_from,
    coalesce(portfolios.valid_to, cast('9999-12-31' as date)) as valid_to
from {{ ref('int_planning__portfolios') }} as portfolios
left join {{ ref('int_identity__user_emails') }} as user_emails
    on portfolios.owner_email = user_emails.email
left join {{ ref('int_crm__given_ids') }} as given_ids
    on
        portfolios.account_id = given_ids.given_id
        and given_ids.record_type = 'account'
left join account_survivors
    on coalesce(given_ids.record_key, portfolios.account_id) = account_survivors.account_id
where
    lower(trim(portfolios.team)) in ('marketing', 'sales')
    and (portfolios.valid_to is null or portfolios.valid_from is null or portfolios.valid_from < portfolios.valid_to)
