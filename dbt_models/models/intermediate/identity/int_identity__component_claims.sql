with

claims as (

    select
        components.component_id,
        record_claims.company_key,
        record_claims.is_staff,
        record_claims.is_prospect,
        record_claims.has_work_address
    from {{ ref('int_identity__record_components') }} as components
    inner join {{ ref('int_identity__record_claims') }} as record_claims
        on components.identifier_id = record_claims.identifier_id

    union all

    -- A private address may be a colleague's own, so that without a record it says nothing.
    select
        components.component_id,
        null as company_key,
        emails.is_internal as is_staff,
        not emails.is_internal and not emails.is_free as is_prospect,
        false as has_work_address
    from {{ ref('int_identity__record_components') }} as components
    inner join {{ ref('int_identity__identifiers') }} as identifiers
        on components.identifier_id = identifiers.identifier_id
    inner join {{ ref('int_identity__emails') }} as emails
        on identifiers.identifier = emails.email
    where identifiers.identifier_type = 'email'

)

select
    component_id,
    min(company_key) as company_key,
    max(case when is_staff then 1 else 0 end) = 1 as is_staff,
    max(case when is_prospect then 1 else 0 end) = 1 as is_prospect,
    max(case when has_work_address then 1 else 0 end) = 1 as has_work_address
from claims
group by component_id
