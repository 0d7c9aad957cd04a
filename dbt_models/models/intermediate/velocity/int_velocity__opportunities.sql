with

mql_entries as (

    select * from {{ ref('int_velocity__mql_entries') }}

),

opportunities as (

    select * from {{ ref('int_revenue__opportunities') }}

),

-- An opportunity that inherits its originator was not made from an MQL of that person's.
originated as (

    select
        opportunities.opportunity_id,
        opportunities.source_system,
        opportunities.created_at,
        opportunities.outcome,
        opportunities.opportunity_type,
        opportunities.amount,
        opportunities.close_date,
        opportunities.closed_at,
        opportunities.is_closed,
        {{ company_date('opportunities.created_at') }} as created_date,
        originators.originator_person_id as person_id
    from opportunities
    inner join {{ ref('int_identity__opportunity_originators') }} as originators
        on opportunities.opportunity_id = originators.opportunity_id
    where originators.originator_person_id is not null and originators.originator_matched_by <> 'inherited'

),

conversions as (

    select
        source_system,
        lead_id,
        opportunity_id
    from {{ ref('int_identity__deal_conversions') }}
    where refusal_reason is null

),

candidates as (

    select
        originated.*,
        mql_entries.occurrence,
        mql_entries.cohort_month,
        mql_entries.mql_at,
        case when {{ latest_creation('originated.created_at') }} >= mql_entries.mql_at then 1 else 0 end as came_after,
        case when conversions.lead_id is not null then 1 else 0 end as was_converted
    from originated
    inner join mql_entries
        on originated.person_id = mql_entries.person_id
    left join conversions
        on
            originated.source_system = conversions.source_system
            and originated.opportunity_id = conversions.opportunity_id
            and mql_entries.lead_id = conversions.lead_id

)

-- The last entry before the opportunity made it; an opportunity dated before them all belongs to the first entry of the
-- lead that was converted into it, if there is one: records are entered late.
select
    opportunity_id,
    person_id,
    occurrence,
    cohort_month,
    created_at,
    created_date,
    close_date,
    closed_at,
    outcome,
    opportunity_type,
    amount,
    case when is_closed then {{ dbt.datediff('created_date', 'close_date', 'day') }} end as cycle_days,
    case when is_closed then {{ dbt.datediff(company_date('mql_at'), 'close_date', 'day') }} end as days_mql_to_close
from candidates
where came_after = 1 or was_converted = 1
qualify
    row_number() over (
        partition by opportunity_id
        order by came_after desc, case when came_after = 1 then occurrence else -occurrence end desc
    ) = 1
