-- Of several roles the primary one, then the earliest; one that says nothing comes last.
select
    contact_roles.opportunity_id,
    identifiers.person_id,
    contact_roles.role
from {{ ref('int_crm__opportunity_contact_roles') }} as contact_roles
inner join {{ ref('int_identity__person_identifiers') }} as identifiers
    on
        contact_roles.source_system || '_contact' = identifiers.identifier_type
        and contact_roles.contact_id = identifiers.identifier
where not contact_roles.is_deleted and contact_roles.role is not null
qualify
    row_number() over (
        partition by contact_roles.opportunity_id, identifiers.person_id
        order by
            contact_roles.is_primary desc,
            contact_roles.created_at asc nulls last,
            contact_roles.contact_role_id asc
    ) = 1
