with

-- The weeks that the series counts.
spans as (

    select
        metric,
        channel,
        min(week_start) as first_week,
        max(week_start) as last_week
    from {{ ref('int_trust__metric_weeks') }}
    where metric not in ('opportunities', 'won_amount')
    group by metric, channel

),

mqls as (

    select distinct person_id
    from {{ ref('int_lifecycle__lead_stage_entries') }}
    where stage = 'mql'

),

-- Colleagues of one account buy together: whoever has an account counts as that account.
people as (

    select
        persons.person_id,
        persons.is_lead,
        mqls.person_id is not null as is_mql,
        coalesce('account ' || person_accounts.account_id, persons.person_id) as buyer_id
    from {{ ref('int_identity__persons') }} as persons
    left join {{ ref('int_identity__person_accounts') }} as person_accounts
        on persons.person_id = person_accounts.person_id
    left join mqls
        on persons.person_id = mqls.person_id

)

select
    counted.metric,
    counted.channel,
    counted.unit_date,
    counted.person_id,
    coalesce(people.buyer_id, counted.person_id) as buyer_id,
    counted.is_known,
    coalesce(people.is_lead, false) as is_lead,
    coalesce(people.is_mql, false) as is_mql,
    counted.units
from {{ ref('int_trust__counted_units') }} as counted
inner join spans
    on
        counted.metric = spans.metric
        and counted.channel = spans.channel
        and counted.week_start >= spans.first_week
        and counted.week_start <= spans.last_week
left join people
    on counted.person_id = people.person_id
