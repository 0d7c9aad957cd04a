with

deals as (

    select
        person_id,
        occurrence,
        count(*) as opportunities,
        count(case when outcome = 'won' then 1 end) as won,
        sum(case when outcome = 'won' then amount else 0 end) as won_amount
    from {{ ref('int_velocity__opportunities') }}
    where opportunity_type = 'new_business'
    group by person_id, occurrence

)

select
    responses.person_id,
    responses.occurrence,
    responses.source_system,
    responses.lead_id,
    responses.account_id,
    responses.cohort_month,
    responses.mql_at,
    responses.due_at,
    responses.outcome,
    responses.decided_at,
    responses.reason,
    responses.reason_class,
    responses.responded_at,
    responses.responded_at_precision,
    responses.responder_user_id,
    responses.response_type,
    responses.hours_to_response,
    responses.is_late,
    responses.reached_sql,
    responses.is_waiting,
    responses.hours_waiting,
    pairs.marketer_user_id,
    pairs.seller_user_id,
    mql_sources.originator_user_id,
    mql_sources.originator_team,
    mql_sources.source,
    mql_sources.campaign_key,
    mql_sources.campaign,
    cast(coalesce(deals.opportunities, 0) as bigint) as opportunities,
    cast(coalesce(deals.won, 0) as bigint) as won,
    cast(coalesce(deals.won_amount, 0) as decimal(18, 2)) as won_amount
from {{ ref('int_velocity__responses') }} as responses
inner join {{ ref('int_velocity__pairs') }} as pairs
    on
        responses.person_id = pairs.person_id
        and responses.occurrence = pairs.occurrence
inner join {{ ref('int_velocity__mql_sources') }} as mql_sources
    on
        responses.person_id = mql_sources.person_id
        and responses.occurrence = mql_sources.occurrence
left join deals
    on
        responses.person_id = deals.person_id
        and responses.occurrence = deals.occurrence
