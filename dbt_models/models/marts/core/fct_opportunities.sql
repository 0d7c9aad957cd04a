with

opportunities as (

    select
        *,
        {{ company_date('created_at') }} as created_date
    from {{ ref('int_revenue__opportunities') }}

),

originators as (

    select
        *,
        {{ company_date('originator_created_at') }} as originator_date
    from {{ ref('int_identity__opportunity_originators') }}

),

overwrites as (

    select * from {{ ref('int_identity__origin_overwrites') }}

),

user_teams as (

    select * from {{ ref('int_identity__user_teams') }}

)

select
    -- ids
    opportunities.opportunity_id,
    opportunities.account_id,
    opportunities.owner_id as owner_user_id,
    opportunities.created_by_id as created_by_user_id,
    opportunities.campaign_id,
    opportunities.source_system,

    -- what kind of opportunity, and how it stands
    opportunities.opportunity_name,
    opportunities.opportunity_type,
    opportunities.stage_name as stage,
    opportunities.outcome,
    opportunities.is_closed,
    opportunities.is_won,
    user_teams.team as owner_team,

    -- money
    opportunities.amount,
    opportunities.amount_original,
    opportunities.currency,
    opportunities.exchange_rate,
    opportunities.is_amount_missing,

    -- where it came from
    originators.originator_team,
    originators.originator_user_id,
    originators.originator_person_id,
    originators.originator_source,
    originators.originator_matched_by,
    originators.originator_created_at,
    originators.inherited_from_opportunity_id,
    originators.crm_lead_source,
    originators.origin_status,
    overwrites.overwritten_at as origin_overwritten_at,
    overwrites.overwritten_by_user_id as origin_overwritten_by_user_id,
    overwrites.overwritten_source as origin_overwritten_source,
    overwrites.evidence as origin_overwritten_evidence,

    -- dates and times
    opportunities.created_at,
    opportunities.close_date,
    case when coalesce(opportunities.closed_at_precision, '') <> 'unknown' then opportunities.closed_at end
        as closed_at,
    opportunities.closed_at_precision,
    case
        when opportunities.is_closed and coalesce(originators.originator_matched_by, '') <> 'inherited'
            then {{ dbt.datediff('originators.originator_date', 'opportunities.close_date', 'day') }}
    end as days_lead_to_close,
    case
        when opportunities.is_closed
            then {{ dbt.datediff('opportunities.created_date', 'opportunities.close_date', 'day') }}
    end as days_opportunity_to_close
from opportunities
inner join originators
    on opportunities.opportunity_id = originators.opportunity_id
left join overwrites
    on
        opportunities.source_system = overwrites.source_system
        and opportunities.opportunity_id = overwrites.opportunity_id
left join user_teams
    on
        opportunities.source_system = user_teams.source_system
        and opportunities.owner_id = user_teams.user_id
