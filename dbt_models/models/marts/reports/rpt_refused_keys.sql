with

keys as (

    select
        key_type,
        identifier,
        reason,
        people,
        records
    from {{ ref('int_identity__refused_keys') }}

    union all

    select
        'company_name' as key_type,
        company_name as identifier,
        reason,
        leads as people,
        leads as records
    from {{ ref('int_identity__refused_company_names') }}

),

-- Which records carry the key, by the kind of key.
holders as (

    select
        'email' as key_type,
        email as identifier,
        identifier_type as holder_type,
        record_id as holder
    from {{ ref('int_identity__record_emails') }}

    union

    select
        'former_email' as key_type,
        email as identifier,
        identifier_type as holder_type,
        record_id as holder
    from {{ ref('int_identity__record_emails') }}

    union

    select
        'conversion' as key_type,
        converted_contact_id as identifier,
        source_system || '_lead' as holder_type,
        lead_id as holder
    from {{ ref('int_crm__leads') }}
    where converted_contact_id is not null

    union

    select
        'deal_conversion' as key_type,
        opportunity_id as identifier,
        source_system || '_lead' as holder_type,
        lead_id as holder
    from {{ ref('int_identity__deal_conversions') }}

    union

    select
        'merge' as key_type,
        master_record_id as identifier,
        source_system || '_lead' as holder_type,
        lead_id as holder
    from {{ ref('int_crm__leads') }}
    where master_record_id is not null

    union

    select
        'merge' as key_type,
        master_record_id as identifier,
        source_system || '_contact' as holder_type,
        contact_id as holder
    from {{ ref('int_crm__contacts') }}
    where master_record_id is not null

    union

    select
        'anonymous_id' as key_type,
        anonymous_id as identifier,
        'email' as holder_type,
        email as holder
    from {{ ref('int_identity__web_keys') }}
    where anonymous_id is not null and email is not null

    union

    select
        'user_id' as key_type,
        user_key as identifier,
        'email' as holder_type,
        email as holder
    from {{ ref('int_identity__web_keys') }}
    where user_key is not null and email is not null

    union

    select
        'company_name' as key_type,
        {{ normalised_company_name('company') }} as identifier,
        source_system || '_lead' as holder_type,
        lead_id as holder
    from {{ ref('int_crm__leads') }}
    where company is not null

),

-- The opportunities that these people could have a part in. Each counts once per key.
deals as (

    select distinct
        keys.key_type,
        keys.identifier,
        candidate_people.opportunity_id
    from keys
    inner join holders
        on
            keys.key_type = holders.key_type
            and keys.identifier = holders.identifier
    inner join {{ ref('int_identity__person_identifiers') }} as person_identifiers
        on
            holders.holder_type = person_identifiers.identifier_type
            and holders.holder = person_identifiers.identifier
    inner join {{ ref('int_journeys__candidate_people') }} as candidate_people
        on person_identifiers.person_id = candidate_people.person_id

    union

    select
        key_type,
        identifier,
        identifier as opportunity_id
    from keys
    where key_type = 'deal_conversion'

    union

    -- Leads of a refused name are placed at no account; they were kept from the opportunities of the one called so, or
    -- of its survivor.
    select
        keys.key_type,
        keys.identifier,
        opportunities.opportunity_id
    from keys
    inner join {{ ref('int_crm__accounts') }} as accounts
        on keys.identifier = {{ normalised_company_name('accounts.account_name') }}
    inner join {{ ref('int_accounts__survivors') }} as survivors
        on
            accounts.source_system = survivors.source_system
            and accounts.account_id = survivors.account_id
    inner join {{ ref('fct_opportunities') }} as opportunities
        on
            survivors.source_system = opportunities.source_system
            and survivors.live_account_id = opportunities.account_id
    where keys.key_type = 'company_name'

),

stakes as (

    select
        deals.key_type,
        deals.identifier,
        count(*) as opportunities,
        sum(case when opportunities.is_won then 1 else 0 end) as won,
        sum(case when opportunities.is_won then opportunities.amount else 0 end) as won_amount
    from deals
    inner join {{ ref('fct_opportunities') }} as opportunities
        on deals.opportunity_id = opportunities.opportunity_id
    group by deals.key_type, deals.identifier

)

select
    keys.key_type,
    case
        when keys.key_type in ('conversion', 'deal_conversion', 'merge', 'company_name') then keys.identifier
        else {{ salted_hash('keys.identifier') }}
    end as key,
    keys.reason,
    cast(keys.people as bigint) as people,
    cast(keys.records as bigint) as records,
    cast(coalesce(stakes.opportunities, 0) as bigint) as opportunities,
    cast(coalesce(stakes.won, 0) as bigint) as won,
    cast(coalesce(stakes.won_amount, 0) as decimal(18, 2)) as won_amount
from keys
left join stakes
    on
        keys.key_type = stakes.key_type
        and keys.identifier = stakes.identifier
