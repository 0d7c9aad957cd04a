with

tags as (

    select distinct
        source,
        campaign,
        lower(trim(campaign)) as tag,
        {{ ad_network('source') }} as ad_network
    from {{ ref('int_touchpoints__web_hits') }}
    where trim(campaign) <> ''

),

campaigns as (

    select
        campaign_key,
        campaign_id,
        campaign_name,
        source_system,
        is_of_ad_network
    from {{ ref('int_campaigns__campaigns') }}

),

-- What a tag may say of a campaign. A short id of the CRM that a tool has put into lower case still leads to its
-- campaign, unless it fits two.
names as (

    select
        campaign_key,
        source_system,
        is_of_ad_network,
        lower(trim(campaign_id)) as tag,
        'id' as named_by
    from campaigns

    union

    select
        campaign_key,
        source_system,
        is_of_ad_network,
        lower(trim(campaign_name)) as tag,
        'name' as named_by
    from campaigns
    where campaign_name is not null

    union

    select
        campaign_key,
        source_system,
        is_of_ad_network,
        lower(substr(campaign_id, 1, 15)) as tag,
        'folded_id' as named_by
    from campaigns
    where not is_of_ad_network and {{ matches_pattern('campaign_id', '^701[0-9A-Za-z]{15}$') }}

),

-- The CRM's short id and its long one are the same.
tag_spellings as (

    select
        source,
        campaign,
        ad_network,
        tag
    from tags

    union

    select
        source,
        campaign,
        ad_network,
        lower(trim(campaign) || {{ salesforce_id_checksum('trim(campaign)') }}) as tag
    from tags
    where {{ matches_pattern('trim(campaign)', '^701[0-9A-Za-z]{12}$') }}

    union

    select
        source,
        campaign,
        ad_network,
        lower(substr(trim(campaign), 1, 15)) as tag
    from tags
    where {{ matches_pattern('trim(campaign)', '^701[0-9A-Za-z]{15}$') }}

),

-- The CRM's campaign first: members and planned costs hang on it, and it stands for the networks' campaigns that mirror
-- it. Then that of the network which the visit came from. An id says more than a name.
candidates as (

    select
        tag_spellings.source,
        tag_spellings.campaign,
        names.campaign_key,
        names.source_system,
        names.named_by,
        case
            when not names.is_of_ad_network and names.named_by = 'id' then 1
            when not names.is_of_ad_network and names.named_by = 'folded_id' then 2
            when not names.is_of_ad_network then 3
            when names.source_system = tag_spellings.ad_network and names.named_by = 'id' then 4
            when names.source_system = tag_spellings.ad_network then 5
        end as match_rank
    from tag_spellings
    inner join names
        on tag_spellings.tag = names.tag

),

-- Two of one rank, such as two campaigns of one name, say nothing: the next rank decides.
ranked as (

    select
        source,
        campaign,
        match_rank,
        min(campaign_key) as campaign_key
    from candidates
    where match_rank is not null
    group by source, campaign, match_rank
    having count(distinct campaign_key) = 1

),

chosen as (

    select * from ranked
    qualify row_number() over (partition by source, campaign order by match_rank asc) = 1

),

named as (

    select distinct
        source,
        campaign
    from candidates

)

select
    tags.source,
    tags.campaign,
    chosen.campaign_key,
    campaigns.campaign_id,
    case
        when chosen.match_rank in (1, 2) then 'crm_id'
        when chosen.match_rank = 3 then 'crm_name'
        when chosen.match_rank = 4 then 'network_id'
        when chosen.match_rank = 5 then 'network_name'
        when named.campaign is not null then 'undecided'
        else 'unknown'
    end as matched_by
from tags
left join chosen
    on
        tags.campaign = chosen.campaign
        and tags.source is not distinct from chosen.source
left join campaigns
    on chosen.campaign_key = campaigns.campaign_key
left join named
    on
        tags.campaign = named.campaign
        and tags.source is not distinct from named.source
