with

identifiers as (

    select * from {{ ref('int_identity__identifiers') }}

),

-- Addresses that are refused for what they are were never identifiers, so the records count as the people.
refused_by_value as (

    select
        'email' as key_type,
        emails.email as identifier,
        emails.refusal_reason as reason,
        count(distinct email_components.component_id) as people,
        count(distinct claims.identifier_id) as records
    from {{ ref('int_identity__emails') }} as emails
    left join {{ ref('int_identity__record_emails') }} as record_emails
        on emails.email = record_emails.email
    left join {{ ref('int_identity__record_claims') }} as claims
        on
            record_emails.identifier_type = claims.identifier_type
            and record_emails.record_id = claims.record_id
    left join {{ ref('int_identity__record_components') }} as email_components
        on claims.identifier_id = email_components.identifier_id
    where emails.refusal_reason is not null
    group by emails.email, emails.refusal_reason

),

refused_by_number as (

    select
        matched_by as key_type,
        key_id,
        reason,
        records as people,
        records
    from {{ ref('int_identity__refused_statements') }}

    union all

    select distinct
        'merge' as key_type,
        edges.right_id as key_id,
        'contradicting_chain' as reason,
        count(*) over (partition by edges.right_id) + 1 as people,
        count(*) over (partition by edges.right_id) + 1 as records
    from {{ ref('int_identity__edges') }} as edges
    inner join {{ ref('int_identity__crm_components') }} as crm_components
        on edges.right_id = crm_components.identifier_id
    left join {{ ref('int_identity__refused_statements') }} as refused
        on
            edges.right_id = refused.key_id
            and edges.matched_by = refused.matched_by
    where edges.matched_by = 'merge' and crm_components.is_split and refused.key_id is null

    union all

    select
        'email' as key_type,
        identifier_id as key_id,
        refusal_reason as reason,
        people,
        records
    from {{ ref('int_identity__email_components') }}
    where refusal_reason is not null

    union all

    select
        'former_email' as key_type,
        former.email_id as key_id,
        min(former.refusal_reason) as reason,
        count(distinct former.record_component_id) + 1 as people,
        count(*) as records
    from {{ ref('int_identity__former_addresses') }} as former
    inner join {{ ref('int_identity__email_components') }} as email_components
        on former.email_id = email_components.identifier_id
    where former.refusal_reason is not null and email_components.refusal_reason is null
    group by former.email_id

    union all

    select
        key_type,
        key_id,
        reason,
        people,
        cast(null as bigint) as records
    from {{ ref('int_identity__refused_web_keys') }}

    union all

    select
        case when identifiers.identifier_type = 'anonymous_id' then 'anonymous_id' else 'user_id' end as key_type,
        web_components.identifier_id as key_id,
        'contradicting_chain' as reason,
        web_components.chain_people as people,
        cast(null as bigint) as records
    from {{ ref('int_identity__web_components') }} as web_components
    inner join identifiers
        on web_components.identifier_id = identifiers.identifier_id
    where web_components.chain_people is not null

)

select
    key_type,
    identifier,
    cast(null as bigint) as key_id,
    reason,
    people,
    records
from refused_by_value

union all

-- An opportunity is nobody's identifier either: what it joins is the leads that name it, each one person at most.
select distinct
    'deal_conversion' as key_type,
    opportunity_id as identifier,
    cast(null as bigint) as key_id,
    refusal_reason as reason,
    leads as people,
    leads as records
from {{ ref('int_identity__deal_conversions') }}
where refusal_reason is not null

union all

select
    refused_by_number.key_type,
    identifiers.identifier,
    refused_by_number.key_id,
    refused_by_number.reason,
    refused_by_number.people,
    refused_by_number.records
from refused_by_number
inner join identifiers
    on refused_by_number.key_id = identifiers.identifier_id
