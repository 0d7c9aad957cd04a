with

users as (

    select * from {{ ref('dim_user') }}

)

select
    responses.person_id,
    responses.occurrence,
    responses.source_system,
    responses.lead_id,
    responses.account_id,
    accounts.account_name,
    responses.mql_at,
    responses.hours_waiting,
    responses.due_at,
    responses.outcome = 'no_response' as is_overdue,
    mql_sources.originator_user_id,
    originators.user_name as originator_user_name,
    mql_sources.originator_team,
    pairs.marketer_user_id,
    marketers.user_name as marketer_name,
    pairs.seller_user_id,
    sellers.user_name as seller_name,
    leads.owner_id as owner_user_id,
    owners.user_name as owner_user_name,
    mql_sources.source,
    mql_sources.campaign_key,
    mql_sources.campaign
from {{ ref('int_velocity__responses') }} as responses
inner join {{ ref('int_velocity__pairs') }} as pairs
    on
        responses.person_id = pairs.person_id
        and responses.occurrence = pairs.occurrence
inner join {{ ref('int_velocity__mql_sources') }} as mql_sources
    on
        responses.person_id = mql_sources.person_id
        and responses.occurrence = mql_sources.occurrence
left join {{ ref('int_crm__leads') }} as leads
    on
        responses.source_system = leads.source_system
        and responses.lead_id = leads.lead_id
left join {{ ref('dim_account') }} as accounts
    on responses.account_id = accounts.account_id
left join users as originators
    on mql_sources.originator_user_id = originators.user_id
left join users as marketers
    on pairs.marketer_user_id = marketers.user_id
left join users as sellers
    on pairs.seller_user_id = sellers.user_id
left join users as owners
    on leads.owner_id = owners.user_id
where responses.is_waiting
