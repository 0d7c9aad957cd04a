with

ad_spend as (

    select
        *,
        channel_source as source,
        channel_medium as medium,
        cast(null as varchar) as referrer_domain,
        cast(null as varchar) as campaign_type
    from {{ ref('int_ads__daily_spend') }}

),

channels as (

    {{ channel_for('ad_spend') }}

),

-- What the ad networks charged. Costs of CRM campaigns (events, sponsorships) would be further rows here: a day ×
-- campaign select of the same columns, unioned below.
ad_network_spend as (

    select
        ad_spend.spend_date,
        ad_spend.source_system,
        ad_spend.ad_account_id,
        ad_spend.campaign_id,
        coalesce(ad_spend.campaign_name, ad_spend.campaign_id) as campaign,
        channels.channel,
        ad_spend.source,
        ad_spend.medium,
        exchange_rates.currency,
        ad_spend.cost_original,
        exchange_rates.has_rate,
        coalesce(
            {{ convert_money(
                'ad_spend.cost_original', 'exchange_rates.from_rate', 'exchange_rates.to_rate', scale=6
            ) }},
            cast(0 as decimal(18, 2))
        ) as cost,
        coalesce(ad_spend.impressions, 0) as impressions,
        coalesce(ad_spend.clicks, 0) as clicks
    from ad_spend
    inner join channels
        on {{ same_channel_key('ad_spend', 'channels') }}
    inner join {{ ref('int_revenue__exchange_rates') }} as exchange_rates
        on
            coalesce(ad_spend.currency, '') = exchange_rates.currency_given
            and ad_spend.spend_date = exchange_rates.rate_date

)

select * from ad_network_spend
