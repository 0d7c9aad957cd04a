with

leads as (

    select * from {{ ref('int_crm__leads') }}

),

contacts as (

    select * from {{ ref('int_crm__contacts') }}

),

person_identifiers as (

    select * from {{ ref('int_identity__person_identifiers') }}

),

emails as (

    select * from {{ ref('int_identity__emails') }}

),

refused_emails as (

    select identifier
    from {{ ref('int_identity__refused_keys') }}
    where key_type = 'email'

),

survivors as (

    select * from {{ ref('int_accounts__survivors') }}

),

-- What a merged account was called goes on naming the survivor.
accounts as (

    select
        survivors.live_account_id as account_id,
        {{ normalised_company_name('accounts.account_name') }} as company_name
    from {{ ref('int_crm__accounts') }} as accounts
    inner join survivors
        on
            accounts.source_system = survivors.source_system
            and accounts.account_id = survivors.account_id

),

accounts_by_domain as (

    select * from {{ ref('int_identity__account_domains') }}

),

accounts_by_name as (

    select
        accounts.company_name,
        min(accounts.account_id) as account_id
    from accounts
    left join {{ ref('int_identity__refused_company_names') }} as refused_names
        on accounts.company_name = refused_names.company_name
    where accounts.company_name is not null and refused_names.company_name is null
    group by accounts.company_name
    having count(distinct accounts.account_id) = 1

),

accounts_by_email as (

    select
        emails.email,
        emails.first_seen_at,
        accounts_by_domain.account_id
    from emails
    inner join accounts_by_domain
        on emails.domain = accounts_by_domain.domain
    left join refused_emails
        on emails.email = refused_emails.identifier
    where not emails.is_free and refused_emails.identifier is null

),

-- Every account that the nights have seen a contact at; the first one counts from the contact's creation.
contact_states as (

    select
        states.identifier_type,
        states.record_id,
        states.source_system,
        states.account_id,
        states.established_as_of,
        row_number() over (
            partition by states.identifier_type, states.record_id
            order by states.run_number asc
        ) as state_number,
        row_number() over (
            partition by states.identifier_type, states.record_id
            order by states.run_number desc
        ) as states_ago
    from {{ ref('int_identity__record_states') }} as states
    where states.established_as_of <= {{ run_setting('as_of') }}
    qualify
        states.first_run_number = min(states.first_run_number) over (
            partition by states.identifier_type, states.record_id
        )

),

contact_placements as (

    select
        states.identifier_type,
        states.record_id as identifier,
        survivors.live_account_id as account_id,
        'contact' as account_match_method,
        case when states.state_number = 1 then contacts.created_at else states.established_as_of end as placed_at,
        states.established_as_of as known_at,
        states.states_ago = 1 and not contacts.is_deleted and contacts.master_record_id is null as is_live
    from contact_states as states
    inner join contacts
        on
            states.source_system = contacts.source_system
            and states.identifier_type = contacts.source_system || '_contact'
            and states.record_id = contacts.contact_id
    inner join survivors
        on
            states.source_system = survivors.source_system
            and states.account_id = survivors.account_id

),

conversion_placements as (

    select
        leads.source_system || '_lead' as identifier_type,
        leads.lead_id as identifier,
        survivors.live_account_id as account_id,
        'converted_lead' as account_match_method,
        greatest(
            leads.created_at,
            coalesce({{ from_company_time('leads.converted_date') }}, leads.created_at)
        ) as placed_at,
        cast(null as timestamp) as known_at,
        not leads.is_deleted and leads.master_record_id is null as is_live
    from leads
    inner join survivors
        on
            leads.source_system = survivors.source_system
            and leads.converted_account_id = survivors.account_id

),

lead_placements as (

    select
        leads.source_system || '_lead' as identifier_type,
        leads.lead_id as identifier,
        coalesce(accounts_by_email.account_id, accounts_by_name.account_id) as account_id,
        case
            when accounts_by_email.account_id is not null then 'email_domain'
            else 'company_name'
        end as account_match_method,
        leads.created_at as placed_at,
        cast(null as timestamp) as known_at,
        not leads.is_deleted and leads.master_record_id is null as is_live
    from leads
    left join accounts_by_email
        on leads.email = accounts_by_email.email
    left join accounts_by_name
        on {{ normalised_company_name('leads.company') }} = accounts_by_name.company_name
    where accounts_by_email.account_id is not null or accounts_by_name.account_id is not null

),

-- An address that no record carries. A contact's address says nothing: its account is on the record.
email_placements as (

    select
        'email' as identifier_type,
        accounts_by_email.email as identifier,
        accounts_by_email.account_id,
        'email_domain' as account_match_method,
        accounts_by_email.first_seen_at as placed_at,
        cast(null as timestamp) as known_at,
        true as is_live
    from accounts_by_email
    left join {{ ref('int_identity__record_creations') }} as records
        on accounts_by_email.email = records.email
    where records.email is null

),

placements as (

    select * from contact_placements
    union all
    select * from conversion_placements
    union all
    select * from lead_placements
    union all
    select * from email_placements

)

select
    person_identifiers.person_id,
    placements.account_id,
    placements.account_match_method,
    placements.identifier_type,
    placements.identifier,
    placements.placed_at,
    placements.known_at,
    placements.is_live
from placements
inner join person_identifiers
    on
        placements.identifier_type = person_identifiers.identifier_type
        and placements.identifier = person_identifiers.identifier
