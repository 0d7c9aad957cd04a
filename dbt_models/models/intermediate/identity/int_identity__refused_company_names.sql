with

work_emails as (

    select * from {{ ref('int_identity__emails') }}
    where refusal_reason is null and not is_free

),

leads as (

    select
        {{ normalised_company_name('leads.company') }} as company_name,
        work_emails.domain
    from {{ ref('int_crm__leads') }} as leads
    left join work_emails
        on leads.email = work_emails.email
    where leads.company is not null

),

accounts as (

    select
        {{ normalised_company_name('account_name') }} as company_name,
        source_system,
        account_id
    from {{ ref('int_crm__accounts') }}
    where not is_deleted and master_record_id is null

),

account_counts as (

    select
        company_name,
        count(*) as accounts
    from accounts
    group by company_name

),

-- acme.com and acme.de are one company's, and a domain that begins like the company's name is the company's own.
domain_names as (

    select distinct
        company_name,
        split_part(domain, '.', 1) as domain_name
    from leads
    where domain is not null

),

unrelated_domains as (

    select
        company_name,
        count(*) as domains
    from domain_names
    where
        not {{ begins_with("replace(company_name, ' ', '')", 'domain_name') }}
        and not {{ begins_with('domain_name', "split_part(company_name, ' ', 1)") }}
    group by company_name

),

lead_counts as (

    select
        company_name,
        count(*) as leads
    from leads
    where company_name is not null
    group by company_name

),

run_context as (

    select company_name_max_domains from {{ ref('stg_reference__run_context') }}

)

select
    lead_counts.company_name,
    case when placeholders.value is not null then 'placeholder_company' else 'unrelated_domains' end as reason,
    lead_counts.leads,
    coalesce(unrelated_domains.domains, 0) as domains,
    coalesce(account_counts.accounts, 0) as accounts
from lead_counts
cross join run_context
left join {{ ref('stg_reference__placeholder_companies') }} as placeholders
    on lead_counts.company_name = placeholders.value
left join unrelated_domains
    on lead_counts.company_name = unrelated_domains.company_name
left join account_counts
    on lead_counts.company_name = account_counts.company_name
where
    placeholders.value is not null
    or unrelated_domains.domains > run_context.company_name_max_domains
