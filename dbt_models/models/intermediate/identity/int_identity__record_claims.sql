with

evidence as (

    select * from {{ ref('int_identity__creation_evidence') }}

),

usable_emails as (

    select * from {{ ref('int_identity__emails') }}
    where refusal_reason is null

),

accounts as (

    select
        source_system,
        account_id,
        parent_id,
        {{ registrable_domain('website') }} as domain,
        replace({{ normalised_company_name('account_name') }}, ' ', '') as company_name
    from {{ ref('int_crm__accounts') }}
    where not is_deleted and master_record_id is null

),

-- Two accounts are one company when one is the other's parent, or when both are called like the one website they have.
companies as (

    select
        accounts.source_system,
        accounts.account_id,
        accounts.parent_id,
        case
            when
                {{ begins_with('accounts.company_name', "split_part(accounts.domain, '.', 1)") }}
                and placeholders.value is null
                and free_email_domains.domain is null
                then accounts.domain
            else accounts.account_id
        end as company_key
    from accounts
    left join {{ ref('stg_reference__placeholder_emails') }} as placeholders
        on '@' || accounts.domain = placeholders.value
    left join {{ ref('stg_reference__free_email_domains') }} as free_email_domains
        on accounts.domain = free_email_domains.domain

),

account_companies as (

    select
        companies.source_system,
        companies.account_id,
        coalesce(parents.company_key, companies.company_key) as company_key
    from companies
    left join companies as parents
        on
            companies.source_system = parents.source_system
            and companies.parent_id = parents.account_id

)

select
    identifiers.identifier_id,
    evidence.identifier_type,
    evidence.record_id,
    coalesce(emails.is_internal, false) as is_staff,
    coalesce(not emails.is_internal, false) as is_prospect,
    coalesce(
        evidence.is_live
        and not evidence.is_converted
        and not emails.is_free
        and not emails.is_internal,
        false
    ) as has_work_address,
    case when evidence.is_live then account_companies.company_key end as company_key,
    case when placeholder_surnames.value is null then evidence.surname end as surname,
    case when refused_names.company_name is null then evidence.company_name end as company_name,
    case when not emails.is_free and not emails.is_internal then split_part(emails.domain, '.', 1) end as domain_name
from evidence
inner join {{ ref('int_identity__identifiers') }} as identifiers
    on
        evidence.identifier_type = identifiers.identifier_type
        and evidence.record_id = identifiers.identifier
left join usable_emails as emails
    on evidence.email = emails.email
left join {{ ref('int_accounts__survivors') }} as survivors
    on
        evidence.source_system = survivors.source_system
        and evidence.account_id = survivors.account_id
left join account_companies
    on
        survivors.source_system = account_companies.source_system
        and survivors.live_account_id = account_companies.account_id
left join {{ ref('stg_reference__placeholder_companies') }} as placeholder_surnames
    on evidence.surname = placeholder_surnames.value
left join {{ ref('int_identity__refused_company_names') }} as refused_names
    on evidence.company_name = refused_names.company_name
