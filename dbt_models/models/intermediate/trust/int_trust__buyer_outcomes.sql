with

units as (

    select * from {{ ref('int_trust__traced_units') }}

),

unit_deals as (

    select * from {{ ref('int_trust__unit_deals') }}

),

halves as (

    select * from {{ ref('int_trust__value_halves') }}

),

reached as (

    select
        metric,
        channel,
        unit_date,
        person_id,
        max(case when is_won then 1 else 0 end) as is_won
    from unit_deals
    group by metric, channel, unit_date, person_id

),

unit_sums as (

    select
        units.metric,
        units.channel,
        units.buyer_id,
        sum(units.units) as units,
        sum(case when units.is_known then units.units else 0 end) as traced_units,
        sum(case when units.is_lead then units.units else 0 end) as lead_units,
        sum(case when units.is_mql then units.units else 0 end) as mql_units,
        sum(case when reached.is_won is not null then units.units else 0 end) as opportunity_units,
        sum(case when reached.is_won = 1 then units.units else 0 end) as won_units,
        sum(case when units.unit_date < halves.recent_from then units.units else 0 end) as former_units,
        sum(
            case
                when units.unit_date >= halves.recent_from and units.unit_date <= halves.last_ripe_date
                    then units.units
                else 0
            end
        ) as recent_units,
        max(case when units.is_known then 1 else 0 end) = 1 as is_known
    from units
    left join reached
        on
            units.metric = reached.metric
            and units.channel = reached.channel
            and units.unit_date = reached.unit_date
            and units.person_id = reached.person_id
    left join halves
        on
            units.metric = halves.metric
            and units.channel = halves.channel
    where units.person_id is not null
    group by units.metric, units.channel, units.buyer_id

),

-- An opportunity's amount counts once for a metric and channel, with whoever came first, however many units led to it.
won as (

    select
        metric,
        channel,
        buyer_id,
        count(*) as won_opportunities,
        sum(amount) as won_amount
    from (
        select
            metric,
            channel,
            buyer_id,
            opportunity_id,
            amount
        from unit_deals
        where is_won
        qualify
            row_number() over (
                partition by metric, channel, opportunity_id
                order by unit_date asc, buyer_id asc, person_id asc
            ) = 1
    ) as first_units
    group by metric, channel, buyer_id

),

-- For the trend every unit gets equally long: only what was won within the usual days counts, in the half in which the
-- first unit lies that led to it so soon.
won_in_time as (

    select
        metric,
        channel,
        buyer_id,
        sum(case when is_former then amount else 0 end) as former_amount,
        sum(case when is_former then 0 else amount end) as recent_amount
    from (
        select
            unit_deals.metric,
            unit_deals.channel,
            unit_deals.buyer_id,
            unit_deals.amount,
            unit_deals.unit_date < halves.recent_from as is_former
        from unit_deals
        inner join halves
            on
                unit_deals.metric = halves.metric
                and unit_deals.channel = halves.channel
                and unit_deals.unit_date <= halves.last_ripe_date
                and unit_deals.close_date
                <= {{ dbt.dateadd('day', 'halves.days_to_won', 'unit_deals.unit_date') }}
        where unit_deals.is_won
        qualify
            row_number() over (
                partition by unit_deals.metric, unit_deals.channel, unit_deals.opportunity_id
                order by unit_deals.unit_date asc, unit_deals.buyer_id asc, unit_deals.person_id asc
            ) = 1
    ) as first_units
    group by metric, channel, buyer_id

)

select
    unit_sums.metric,
    unit_sums.channel,
    unit_sums.buyer_id,
    unit_sums.is_known,
    unit_sums.units,
    unit_sums.traced_units,
    unit_sums.lead_units,
    unit_sums.mql_units,
    unit_sums.opportunity_units,
    unit_sums.won_units,
    coalesce(won.won_opportunities, 0) as won_opportunities,
    coalesce(won.won_amount, 0) as won_amount,
    unit_sums.former_units,
    unit_sums.recent_units,
    coalesce(won_in_time.former_amount, 0) as former_amount,
    coalesce(won_in_time.recent_amount, 0) as recent_amount
from unit_sums
left join won
    on
        unit_sums.metric = won.metric
        and unit_sums.channel = won.channel
        and unit_sums.buyer_id = won.buyer_id
left join won_in_time
    on
        unit_sums.metric = won_in_time.metric
        and unit_sums.channel = won_in_time.channel
        and unit_sums.buyer_id = won_in_time.buyer_id
