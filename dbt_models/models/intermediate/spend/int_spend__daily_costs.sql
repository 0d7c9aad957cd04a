with

network_costs as (

    select
        source_system,
        spend_date,
        ad_account_id,
        campaign_id,
        source_system as bill,
        coalesce(campaign_name, campaign_id) as campaign,
        channel_source as source,
        channel_medium as medium,
        cast(null as {{ dbt.type_string() }}) as campaign_type,
        currency,
        cost_original,
        coalesce(impressions, 0) as impressions,
        coalesce(clicks, 0) as clicks
    from {{ ref('int_ads__daily_spend') }}

),

counted as (

    select
        *,
        {{ dbt.datediff('first_day', 'last_day', 'day') }} + 1 as days,
        {{ whole_units('abs(cost_original)', 2) }} as cents,
        sign(cost_original) as cost_sign
    from {{ ref('int_spend__planned_costs') }}
    where counted_as = 'counted'

),

calendar as (

    {{ date_series('(select min(first_day) from counted)', '(select max(last_day) from counted)') }}

),

-- Evenly, because nobody says otherwise. Equal shares leave equal remainders: the spare cents go to the first days.
spread_costs as (

    select
        counted.source_system,
        calendar.date_day as spend_date,
        cast(null as {{ dbt.type_string() }}) as ad_account_id,
        counted.campaign_id,
        counted.source_system || '|' || counted.campaign_id as bill,
        counted.campaign_name as campaign,
        cast(null as {{ dbt.type_string() }}) as source,
        counted.medium,
        counted.campaign_type,
        counted.currency,
        {{ cents_to_amount(
            'cost_sign * (' ~ integer_quotient('cents', 'days') ~ ' + case when '
            ~ dbt.datediff('counted.first_day', 'calendar.date_day', 'day')
            ~ ' < cents - ' ~ integer_quotient('cents', 'days') ~ ' * days then 1 else 0 end)'
        ) }} as cost_original,
        0 as impressions,
        0 as clicks
    from counted
    inner join calendar
        on calendar.date_day between counted.first_day and counted.last_day

)

select * from network_costs

union all

select * from spread_costs
