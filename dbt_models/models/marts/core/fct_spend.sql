with

costs as (

    select
        *,
        cast(null as {{ dbt.type_string() }}) as referrer_domain
    from {{ ref('int_spend__costs') }}

),

-- A rule may call a network by its landing name (google_ads) or as its visits are tagged (google). Spend is looked up
-- under both, and the rule with the lower priority number decides: so a company's own row for the network wins, and
-- without one the money lands where the visits do.
spellings as (

    select
        source_system,
        source,
        medium,
        referrer_domain,
        campaign_type,
        source as rule_source
    from costs

    union

    select
        source_system,
        source,
        medium,
        referrer_domain,
        campaign_type,
        source_system as rule_source
    from costs
    where source is not null

),

looked_up as (

    select
        source_system,
        source as tagged_source,
        rule_source as source,
        medium,
        referrer_domain,
        campaign_type
    from spellings

),

matches as (

    {{ channel_for('looked_up') }}

),

channels as (

    select
        looked_up.source_system,
        looked_up.tagged_source as source,
        looked_up.medium,
        looked_up.referrer_domain,
        looked_up.campaign_type,
        matches.channel
    from looked_up
    inner join matches
        on {{ same_channel_key('looked_up', 'matches') }}
    qualify
        row_number() over (
            partition by
                looked_up.source_system, looked_up.tagged_source, looked_up.medium, looked_up.campaign_type
            order by matches.priority asc nulls last, matches.channel asc
        ) = 1

)

select
    costs.spend_date,
    costs.source_system,
    costs.ad_account_id,
    costs.campaign_id,
    {{ campaign_key('costs.source_system', 'costs.campaign_id') }} as campaign_key,
    costs.campaign,
    channels.channel,
    costs.source,
    costs.medium,
    costs.campaign_type,
    costs.currency,
    costs.cost_original,
    costs.has_rate,
    costs.cost,
    costs.impressions,
    costs.clicks
from costs
inner join channels
    on
        costs.source_system = channels.source_system
        and {{ same_channel_key('costs', 'channels') }}
