with

-- Source and medium as the network's own auto-tagging or the usual UTM convention writes them, so that spend and the
-- visits it buys meet in one channel under the same rules.
google_ads as (

    select
        *,
        'google' as channel_source,
        'cpc' as channel_medium
    from {{ ref('stg_google_ads__daily_spend') }}

),

linkedin_ads as (

    select
        *,
        'linkedin' as channel_source,
        'paid_social' as channel_medium
    from {{ ref('stg_linkedin_ads__daily_spend') }}

),

meta_ads as (

    select
        *,
        'facebook' as channel_source,
        'paid_social' as channel_medium
    from {{ ref('stg_meta_ads__daily_spend') }}

),

microsoft_ads as (

    select
        *,
        'bing' as channel_source,
        'cpc' as channel_medium
    from {{ ref('stg_microsoft_ads__daily_spend') }}

),

unioned as (

    select * from google_ads
    union all
    select * from linkedin_ads
    union all
    select * from meta_ads
    union all
    select * from microsoft_ads

)

select
    source_system,
    spend_date,
    ad_account_id,
    campaign_id,
    campaign_name,
    currency,
    cast(cost as decimal(18, 6)) as cost_original,
    impressions,
    clicks,
    channel_source,
    channel_medium
from unioned
where not is_deleted
