with

claims as (

    select
        crm_components.component_id,
        record_claims.*
    from {{ ref('int_identity__crm_components') }} as crm_components
    inner join {{ ref('int_identity__record_claims') }} as record_claims
        on crm_components.identifier_id = record_claims.identifier_id

),

run_context as (

    select
        email_max_records,
        key_max_names
    from {{ ref('stg_reference__run_context') }}

),

holdings as (

    select
        edges.right_id as email_id,
        edges.left_id as record_id,
        crm_components.component_id
    from {{ ref('int_identity__edges') }} as edges
    inner join {{ ref('int_identity__crm_components') }} as crm_components
        on edges.left_id = crm_components.identifier_id
    where edges.matched_by = 'same_email'

),

-- What the humans at hand say whom an address would join: the records that have it, and those that these are one with.
component_claims as (

    select
        component_id,
        company_key,
        max(case when is_staff then 1 else 0 end) as has_staff,
        max(case when is_prospect then 1 else 0 end) as has_prospect
    from claims
    group by component_id, company_key

),

email_contradictions as (

    select
        holdings.email_id,
        count(distinct component_claims.company_key) as companies,
        max(component_claims.has_staff) = 1 and max(component_claims.has_prospect) = 1 as is_of_staff_and_prospect
    from holdings
    inner join component_claims
        on holdings.component_id = component_claims.component_id
    group by holdings.email_id

),

email_counts as (

    select
        holdings.email_id,
        count(*) as records,
        count(distinct holdings.component_id) as people,
        count(distinct claims.surname) as surnames,
        count(distinct claims.company_name) as company_names
    from holdings
    left join claims
        on holdings.record_id = claims.identifier_id
    group by holdings.email_id

),

-- One surname, and the third spelling of a company, is one human who writes it in three ways.
judged as (

    select
        email_counts.email_id,
        email_counts.records,
        email_counts.people,
        case
            when email_counts.people = 1 then null
            when email_counts.records > run_context.email_max_records then 'too_many_records'
            when email_contradictions.companies > 1 then 'contacts_of_two_accounts'
            when email_contradictions.is_of_staff_and_prospect then 'staff_and_prospect'
            when email_counts.surnames > run_context.key_max_names then 'different_people'
            when email_counts.company_names > run_context.key_max_names and email_counts.surnames <> 1
                then 'different_people'
        end as reason
    from email_counts
    cross join run_context
    left join email_contradictions
        on email_counts.email_id = email_contradictions.email_id

),

usable_holdings as {{ materialized() }}( -- noqa: ST03

    select distinct
        holdings.component_id as left_id,
        holdings.email_id as right_id
    from holdings
    inner join judged
        on holdings.email_id = judged.email_id
    where judged.reason is null

),

components as (

    {{ connected_components('usable_holdings') | indent(4) }} -- noqa: PRS

),

crm_components as (

    select
        identifier_id,
        component_id
    from {{ ref('int_identity__crm_components') }}

),

labelled as (

    select
        crm_components.identifier_id,
        crm_components.component_id as crm_component_id,
        coalesce(components.component, crm_components.component_id) as component_id
    from crm_components
    left join components
        on crm_components.component_id = components.node

),

-- No address contradicts itself, but a chain of them may: none of its links that join people holds then, so that
-- neither the order of rows nor the spelling of ids decides which one goes.
contradictory as (

    select labelled.component_id
    from labelled
    inner join claims
        on labelled.identifier_id = claims.identifier_id
    group by labelled.component_id
    having
        count(distinct claims.company_key) > 1
        or (
            max(case when claims.is_staff then 1 else 0 end) = 1
            and max(case when claims.is_prospect then 1 else 0 end) = 1
        )

),

owners as (

    select
        right_id,
        min(left_id) as left_id
    from usable_holdings
    group by right_id

),

addresses as (

    select
        identifiers.identifier_id,
        judged.records,
        judged.people,
        judged.reason,
        components.component as component_id,
        owners.left_id as owner_id
    from {{ ref('int_identity__identifiers') }} as identifiers
    left join judged
        on identifiers.identifier_id = judged.email_id
    left join components
        on identifiers.identifier_id = components.node
    left join owners
        on identifiers.identifier_id = owners.right_id
    where identifiers.identifier_type = 'email'

)

select
    labelled.identifier_id,
    case when contradictory.component_id is null then labelled.component_id else labelled.crm_component_id end
        as component_id,
    cast(null as {{ dbt.type_string() }}) as refusal_reason,
    cast(null as bigint) as records,
    cast(null as bigint) as people
from labelled
left join contradictory
    on labelled.component_id = contradictory.component_id

union all

select
    addresses.identifier_id,
    case
        when addresses.component_id is null then addresses.identifier_id
        when contradictory.component_id is null then addresses.component_id
        when addresses.people > 1 then addresses.identifier_id
        else addresses.owner_id
    end as component_id,
    case
        when addresses.reason is not null then addresses.reason
        when contradictory.component_id is not null and addresses.people > 1 then 'contradicting_chain'
    end as refusal_reason,
    addresses.records,
    addresses.people
from addresses
left join contradictory
    on addresses.component_id = contradictory.component_id
