with

survivors as (

    select * from {{ ref('int_accounts__survivors') }}

),

-- The website of a merged account goes on naming the survivor.
accounts as (

    select
        survivors.live_account_id as account_id,
        {{ registrable_domain('accounts.website') }} as domain
    from {{ ref('int_crm__accounts') }} as accounts
    inner join survivors
        on
            accounts.source_system = survivors.source_system
            and accounts.account_id = survivors.account_id

),

parents as (

    select
        accounts.account_id,
        survivors.live_account_id as parent_id
    from {{ ref('int_crm__accounts') }} as accounts
    inner join survivors
        on
            accounts.source_system = survivors.source_system
            and accounts.parent_id = survivors.account_id

),

-- A website such as none.com stands for no company.
account_domains as (

    select distinct
        accounts.account_id,
        accounts.domain,
        parents.parent_id
    from accounts
    left join parents
        on accounts.account_id = parents.account_id
    left join {{ ref('stg_reference__placeholder_emails') }} as placeholders
        on '@' || accounts.domain = placeholders.value
    where accounts.domain is not null and placeholders.value is null

),

-- A domain names an account when no other has it, or when all the others are that account's children.
domain_counts as (

    select
        domain,
        count(*) as accounts
    from account_domains
    group by domain

),

child_counts as (

    select
        domain,
        parent_id,
        count(*) as children
    from account_domains
    where parent_id is not null and parent_id <> account_id
    group by domain, parent_id

)

select
    account_domains.domain,
    account_domains.account_id
from account_domains
inner join domain_counts
    on account_domains.domain = domain_counts.domain
left join child_counts
    on
        account_domains.domain = child_counts.domain
        and account_domains.account_id = child_counts.parent_id
where domain_counts.accounts = 1 + coalesce(child_counts.children, 0)
