with

email_components as (

    select * from {{ ref('int_identity__email_components') }}

),

emails as (

    select
        identifiers.identifier_id as email_id,
        emails.*
    from {{ ref('int_identity__emails') }} as emails
    inner join {{ ref('int_identity__identifiers') }} as identifiers
        on emails.email = identifiers.identifier
    where identifiers.identifier_type = 'email'

),

holdings as (

    select
        claims.identifier_id as record_id,
        emails.email_id,
        emails.is_free,
        claims.surname,
        crm_components.component_id as crm_component_id,
        email_components.component_id,
        record_emails.is_current,
        record_emails.held_from,
        coalesce(record_emails.held_until, record_emails.held_from) as held_until,
        record_emails.seen_from_run,
        record_emails.seen_until_run
    from {{ ref('int_identity__record_emails') }} as record_emails
    inner join emails
        on record_emails.email = emails.email
    inner join {{ ref('int_identity__record_claims') }} as claims
        on
            record_emails.identifier_type = claims.identifier_type
            and record_emails.record_id = claims.record_id
    inner join {{ ref('int_identity__crm_components') }} as crm_components
        on claims.identifier_id = crm_components.identifier_id
    inner join email_components
        on claims.identifier_id = email_components.identifier_id

),

former as (

    select * from holdings
    where not is_current

),

-- An address that another record took up after this one had given it up may be another human's by now. Under one
-- surname it is the same human's; a private address is nobody else's unless the surname says so. Of what happened
-- between two nights nobody knows the order: a record first seen with it when this one had given it up came after.
reused as (

    select distinct
        former.record_id,
        former.email_id
    from former
    inner join holdings as later_holdings
        on
            former.email_id = later_holdings.email_id
            and (
                former.held_until <= later_holdings.held_from
                or former.seen_until_run <= later_holdings.seen_from_run
            )
    where
        former.crm_component_id <> later_holdings.crm_component_id
        and case
            when former.surname is null or later_holdings.surname is null then not former.is_free
            else former.surname <> later_holdings.surname
        end

),

judged as (

    select
        former.record_id,
        former.email_id,
        former.component_id as left_id,
        email_components.component_id as right_id,
        case
            when email_components.refusal_reason is not null then email_components.refusal_reason
            when reused.record_id is not null then 'reused_address'
        end as reason
    from former
    inner join email_components
        on former.email_id = email_components.identifier_id
    left join reused
        on
            former.record_id = reused.record_id
            and former.email_id = reused.email_id

),

links as {{ materialized() }}( -- noqa: ST03

    select distinct
        left_id,
        right_id
    from judged
    where reason is null and left_id <> right_id

),

components as (

    {{ connected_components('links') | indent(4) }} -- noqa: PRS

),

claims as (

    select
        email_components.component_id,
        record_claims.company_key,
        record_claims.is_staff,
        record_claims.is_prospect
    from email_components
    inner join {{ ref('int_identity__record_claims') }} as record_claims
        on email_components.identifier_id = record_claims.identifier_id

    union all

    select
        email_components.component_id,
        null as company_key,
        emails.is_internal as is_staff,
        false as is_prospect
    from email_components
    inner join emails
        on email_components.identifier_id = emails.email_id

),

contradictory as (

    select components.component
    from components
    inner join claims
        on components.node = claims.component_id
    group by components.component
    having
        count(distinct claims.company_key) > 1
        or (
            max(case when claims.is_staff then 1 else 0 end) = 1
            and max(case when claims.is_prospect then 1 else 0 end) = 1
        )

)

select
    judged.record_id,
    judged.email_id,
    judged.left_id as record_component_id,
    judged.right_id as email_component_id,
    case
        when judged.reason is not null then judged.reason
        when contradictory.component is not null then 'contradicting_chain'
    end as refusal_reason,
    case
        when judged.reason is null and contradictory.component is null then components.component
    end as component_id
from judged
left join components
    on judged.left_id = components.node
left join contradictory
    on components.component = contradictory.component
