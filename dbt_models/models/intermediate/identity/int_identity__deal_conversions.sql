with

work_emails as (

    select
        email,
        domain
    from {{ ref('int_identity__emails') }}
    where refusal_reason is null and not is_free and not is_internal

),

conversions as (

    select
        leads.source_system,
        leads.lead_id,
        leads.converted_opportunity_id as opportunity_id,
        work_emails.domain
    from {{ ref('int_crm__leads') }} as leads
    left join work_emails
        on leads.email = work_emails.email
    where leads.converted_opportunity_id is not null

),

counted as (

    select
        *,
        count(*) over (partition by source_system, opportunity_id) as leads,
        count(domain) over (partition by source_system, opportunity_id, domain) as leads_of_domain
    from conversions

)

-- One opportunity may gather a whole buying committee, and then most of it is of one company.
select
    counted.source_system,
    counted.lead_id,
    counted.opportunity_id,
    counted.leads,
    case
        when
            counted.leads > run_context.conversion_max_leads
            and max(counted.leads_of_domain) over (partition by counted.source_system, counted.opportunity_id) * 2
            < counted.leads
            then 'too_many_records'
    end as refusal_reason
from counted
cross join {{ ref('stg_reference__run_context') }} as run_context
