with

observed as (

    select
        email,
        held_from as seen_at
    from {{ ref('int_identity__record_emails') }}

    union all

    select
        email,
        first_seen_at as seen_at
    from {{ ref('int_identity__web_keys') }}

    union all

    select
        user_key as email,
        first_seen_at as seen_at
    from {{ ref('int_identity__web_keys') }}
    where user_key_type = 'email'

    union all

    select
        lower(trim(contact_email)) as email,
        {{ possible_moment('shared_at', is_web=false) }} as seen_at
    from {{ ref('int_content__shares') }}

),

addresses as (

    select
        email,
        split_part(email, '@', 1) as local_part,
        split_part(email, '@', 2) as host,
        min(seen_at) as first_seen_at
    from observed
    where email is not null and email <> ''
    group by email

),

placeholder_emails as (

    select value from {{ ref('stg_reference__placeholder_emails') }}

),

shared_mailboxes as (

    select distinct local_part from {{ ref('stg_reference__shared_mailboxes') }}

),

free_email_domains as (

    select distinct lower(trim(domain)) as domain from {{ ref('stg_reference__free_email_domains') }}

),

internal_domains as (

    select ',' || replace(lower(coalesce(internal_email_domains, '')), ' ', '') || ',' as domain_list
    from {{ ref('stg_reference__run_context') }}

),

user_emails as (

    select distinct lower(trim(email)) as email from {{ ref('int_crm__users') }}

),

parsed as (

    select
        addresses.*,
        {{ registrable_domain('addresses.host') }} as domain,
        {{ placeholder_mailbox('addresses.local_part') }} as plain_local_part
    from addresses

)

select
    parsed.email,
    parsed.domain,
    case
        when parsed.email not like '_%@_%' or parsed.email like '%@%@%' or parsed.email like '% %'
            then 'malformed_email'
        when
            coalesce(
                placeholder_addresses.value,
                placeholder_hosts.value,
                placeholder_domains.value,
                placeholder_mailboxes.value,
                placeholder_plain_mailboxes.value
            ) is not null
            then 'placeholder_email'
        when shared_mailboxes.local_part is not null then 'shared_mailbox'
    end as refusal_reason,
    free_hosts.domain is not null or free_domains.domain is not null as is_free,
    user_emails.email is not null
    or coalesce(internal_domains.domain_list like '%,' || nullif(parsed.host, '') || ',%', false)
    or coalesce(internal_domains.domain_list like '%,' || parsed.domain || ',%', false) as is_internal,
    parsed.first_seen_at
from parsed
cross join internal_domains
left join placeholder_emails as placeholder_addresses
    on parsed.email = placeholder_addresses.value
left join placeholder_emails as placeholder_hosts
    on '@' || parsed.host = placeholder_hosts.value
left join placeholder_emails as placeholder_domains
    on '@' || parsed.domain = placeholder_domains.value
left join placeholder_emails as placeholder_mailboxes
    on parsed.local_part = placeholder_mailboxes.value
left join placeholder_emails as placeholder_plain_mailboxes
    on parsed.plain_local_part = placeholder_plain_mailboxes.value
left join shared_mailboxes
    on parsed.local_part = shared_mailboxes.local_part
left join free_email_domains as free_hosts
    on parsed.host = free_hosts.domain
left join free_email_domains as free_domains
    on parsed.domain = free_domains.domain
left join user_emails
    on parsed.email = user_emails.email
