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

deals as (

    select
        source_system,
        opportunity_id,
        sum(leads) as leads,
        max(case when domain is not null then leads else 0 end) as leads_of_one_domain
    from (
        select
            source_system,
            opportunity_id,
            domain,
            count(*) as leads
        from conversions
        group by source_system, opportunity_id, domain
    ) as leads_by_domain
    group by source_system, opportunity_id

)

-- One opportunity may gather a whole buying committee, and then most of it is of one company.
select
    conversions.source_system,
    conversions.lead_id,
    conversions.opportunity_id,
    cast(deals.leads as bigint) as leads,
    case
        when deals.leads > run_context.conversion_max_leads and deals.leads_of_one_domain * 2 < deals.leads
            then 'too_many_records'
    end as refusal_reason
from conversions
cross join {{ ref('stg_reference__run_context') }} as run_context
inner join deals
    on
        conversions.source_system = deals.source_system
        and conversions.opportunity_id = deals.opportunity_id
