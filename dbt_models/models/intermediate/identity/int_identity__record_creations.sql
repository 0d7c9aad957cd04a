with

evidence as (

    select * from {{ ref('int_identity__creation_evidence') }}

),

remembered as (

    {{ remembered(ref('int_identity__creation_memory'), ['identifier_type', 'record_id']) | indent(4) }}

),

records as (

    select
        evidence.source_system,
        evidence.record_type,
        evidence.record_id,
        evidence.identifier_type,
        evidence.email,
        greatest(
            {{ date_or_moment('remembered.created_at') }},
            coalesce(evidence.conversion_lead_created_at, {{ date_or_moment('remembered.created_at') }})
        ) as created_at,
        remembered.created_by_user_id,
        remembered.created_by_team,
        remembered.lead_source,
        case
            when remembered.lead_source_changed_at is not null then 'history'
            else 'record'
        end as lead_source_evidence,
        evidence.is_live,
        remembered.first_run_number
    from evidence
    inner join remembered
        on
            evidence.identifier_type = remembered.identifier_type
            and evidence.record_id = remembered.record_id

)

select
    *,
    -- Of a lead and a contact of which one has only a day, the lead came first: contacts are made from leads.
    -- The owner is left out of the order: it changes hands, and who came first must not. Ids come last: what a report
    -- shows must not depend on how records are numbered.
    row_number() over (
        order by
            case record_type when 'lead' then created_at else {{ latest_creation('created_at') }} end asc nulls last,
            record_type desc,
            lower(lead_source) asc nulls last,
            created_by_team asc,
            created_by_user_id asc nulls last,
            source_system asc,
            record_id asc
    ) as creation_rank
from records
