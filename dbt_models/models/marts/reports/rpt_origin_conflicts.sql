with

opportunities as (

    select * from {{ ref('fct_opportunities') }}

),

accounts as (

    select * from {{ ref('dim_account') }}

),

users as (

    select * from {{ ref('dim_user') }}

)

select
    cast(
        row_number() over (order by opportunities.amount desc, opportunities.opportunity_id asc) as bigint
    ) as money_rank,
    opportunities.opportunity_id,
    opportunities.opportunity_name,
    opportunities.account_id,
    accounts.account_name,
    opportunities.amount,
    opportunities.outcome,
    opportunities.closed_at,

    -- where the opportunity came from
    opportunities.originator_team,
    opportunities.originator_user_id,
    originating_users.user_name as originator_user_name,
    opportunities.originator_source,
    opportunities.originator_matched_by,
    opportunities.originator_created_at,

    -- what the CRM claims
    opportunities.origin_status,
    opportunities.crm_lead_source,
    opportunities.campaign_id as crm_campaign_id,
    opportunities.created_by_user_id as crm_created_by_user_id,
    creating_users.team as crm_created_by_team,
    opportunities.owner_user_id as crm_owner_user_id,
    opportunities.owner_team as crm_owner_team,

    -- who made it so
    opportunities.origin_overwritten_at as overwritten_at,
    opportunities.origin_overwritten_by_user_id as overwritten_by_user_id,
    overwriting_users.user_name as overwritten_by_user_name,
    overwriting_users.team as overwritten_by_team,
    opportunities.origin_overwritten_source as overwritten_source,
    opportunities.origin_overwritten_evidence as overwritten_evidence
from opportunities
left join accounts
    on opportunities.account_id = accounts.account_id
left join users as originating_users
    on opportunities.originator_user_id = originating_users.user_id
left join users as creating_users
    on opportunities.created_by_user_id = creating_users.user_id
left join users as overwriting_users
    on opportunities.origin_overwritten_by_user_id = overwriting_users.user_id
where opportunities.origin_status in ('overwritten', 'lost')
