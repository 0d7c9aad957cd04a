with

opportunities as (

    select * from {{ ref('int_revenue__opportunities') }}

),

identifiers as (

    select * from {{ ref('int_identity__person_identifiers') }}

),

account_people as (

    select
        opportunities.opportunity_id,
        memberships.person_id,
        memberships.member_from,
        memberships.member_until
    from opportunities
    inner join {{ ref('int_identity__memberships') }} as memberships
        on opportunities.account_id = memberships.account_id

),

contact_roles as (

    select
        opportunities.opportunity_id,
        identifiers.person_id,
        contact_roles.is_primary
    from opportunities
    inner join {{ ref('int_crm__opportunity_contact_roles') }} as contact_roles
        on
            opportunities.source_system = contact_roles.source_system
            and opportunities.opportunity_id = contact_roles.opportunity_id
    inner join identifiers
        on
            contact_roles.source_system || '_contact' = identifiers.identifier_type
            and contact_roles.contact_id = identifiers.identifier
    where not contact_roles.is_deleted

    union all

    -- The contact an opportunity names itself is its primary contact, with or without a role record.
    select
        opportunities.opportunity_id,
        identifiers.person_id,
        true as is_primary
    from opportunities
    inner join identifiers
        on
            opportunities.source_system || '_contact' = identifiers.identifier_type
            and opportunities.primary_contact_id = identifiers.identifier

),

converted_people as (

    select
        opportunities.opportunity_id,
        identifiers.person_id
    from opportunities
    inner join {{ ref('int_identity__deal_conversions') }} as conversions
        on
            opportunities.source_system = conversions.source_system
            and opportunities.opportunity_id = conversions.opportunity_id
    inner join identifiers
        on
            conversions.source_system || '_lead' = identifiers.identifier_type
            and conversions.lead_id = identifiers.identifier
    where conversions.refusal_reason is null

),

unioned as (

    select
        opportunity_id,
        person_id,
        true as is_of_account,
        false as has_contact_role,
        false as is_primary_role,
        false as is_converted,
        member_from,
        member_until
    from account_people

    union all

    select
        opportunity_id,
        person_id,
        false as is_of_account,
        true as has_contact_role,
        coalesce(is_primary, false) as is_primary_role,
        false as is_converted,
        cast(null as timestamp) as member_from,
        cast(null as timestamp) as member_until
    from contact_roles

    union all

    select
        opportunity_id,
        person_id,
        false as is_of_account,
        false as has_contact_role,
        false as is_primary_role,
        true as is_converted,
        cast(null as timestamp) as member_from,
        cast(null as timestamp) as member_until
    from converted_people

),

people as (

    select
        opportunity_id,
        person_id,
        max(case when is_of_account then 1 else 0 end) = 1 as is_of_account,
        max(case when has_contact_role then 1 else 0 end) = 1 as has_contact_role,
        max(case when is_primary_role then 1 else 0 end) = 1 as is_primary_role,
        max(case when is_converted then 1 else 0 end) = 1 as is_converted,
        max(member_from) as member_from,
        max(member_until) as member_until
    from unioned
    group by opportunity_id, person_id

)

select
    people.opportunity_id,
    people.person_id,
    people.is_of_account,
    people.has_contact_role,
    people.is_primary_role,
    people.is_converted,
    case run_context.buying_group_scope
        when 'primary_role' then people.is_primary_role
        when 'contact_roles' then people.has_contact_role
        else people.is_of_account or people.has_contact_role or people.is_converted
    end as is_in_buying_group,
    -- Whoever was converted into the opportunity or has a role in it belongs to it whatever account they were at, and
    -- when.
    case when not people.has_contact_role and not people.is_converted then people.member_from end as member_from,
    case when not people.has_contact_role and not people.is_converted then people.member_until end as member_until
from people
cross join {{ ref('stg_reference__run_context') }} as run_context
