with

tags as (

    select
        *,
        {{ ad_network('source') }} as ad_network,
        row_number() over (order by source, campaign, utm_id) as tag_number
    from (
        select distinct
            source,
            campaign,
            utm_id
        from {{ ref('int_touchpoints__web_hits') }}
    ) as distinct_tags
    where trim(campaign) <> '' or trim(utm_id) <> ''

),

-- What names the campaign: the tag itself, an id beside it, or a CRM campaign's id within it (spring_7015g000008000T).
tag_texts as (

    select
        tag_number,
        ad_network,
        trim(campaign) as tag
    from tags
    where campaign is not null

    union

    select
        tag_number,
        ad_network,
        trim(utm_id) as tag
    from tags
    where utm_id is not null

    union

    select
        tag_number,
        ad_network,
        {{ campaign_id_within('campaign') }} as tag
    from tags
    where {{ may_hold_campaign_id('campaign') }}

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

-- What a tag may say of a campaign. An id as it stands comes first: two short ids may differ in case alone. A short id
-- of the CRM that a tool has put into lower case still leads to its campaign, unless it fits two.
names as (

    select
        campaign_key,
        source_system,
        is_of_ad_network,
        'exactly ' || trim(campaign_id) as tag,
        'exact_id' as named_by
    from campaigns
    where not is_of_ad_network

    union

    select
        campaign_key,
        source_system,
        is_of_ad_network,
        'exactly ' || {{ short_campaign_id('campaign_id') }} as tag,
        'exact_id' as named_by
    from campaigns
    where not is_of_ad_network and {{ is_long_campaign_id('campaign_id') }}

    union

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
        lower({{ short_campaign_id('campaign_id') }}) as tag,
        'folded_id' as named_by
    from campaigns
    where not is_of_ad_network and {{ is_long_campaign_id('campaign_id') }}

),

-- The CRM's short id and its long one are the same.
tag_spellings as (

    select
        tag_number,
        ad_network,
        lower(tag) as tag
    from tag_texts

    union

    select
        tag_number,
        ad_network,
        'exactly ' || tag as tag
    from tag_texts

    union

    select
        tag_number,
        ad_network,
        lower({{ long_campaign_id('tag') }}) as tag
    from tag_texts
    where {{ is_short_campaign_id('tag') }}

    union

    select
        tag_number,
        ad_network,
        lower({{ short_campaign_id('tag') }}) as tag
    from tag_texts
    where {{ is_long_campaign_id('tag') }}

),

-- The CRM's campaign first: members and planned costs hang on it, and it stands for the networks' campaigns that mirror
-- it. Then that of the network which the visit came from. An id says more than a name.
candidates as (

    select
        tag_spellings.tag_number,
        names.campaign_key,
        names.source_system,
        names.named_by,
        case
            when names.named_by = 'exact_id' then 0
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
        tag_number,
        match_rank,
        min(campaign_key) as campaign_key
    from candidates
    where match_rank is not null
    group by tag_number, match_rank
    having count(distinct campaign_key) = 1

),

chosen as (

    select * from ranked
    qualify row_number() over (partition by tag_number order by match_rank asc) = 1

),

named as (

    select distinct tag_number from candidates

)

select
    tags.source,
    tags.campaign,
    tags.utm_id,
    chosen.campaign_key,
    campaigns.campaign_id,
    case
        when chosen.match_rank <= 2 then 'crm_id'
        when chosen.match_rank = 3 then 'crm_name'
        when chosen.match_rank = 4 then 'network_id'
        when chosen.match_rank = 5 then 'network_name'
        when named.tag_number is not null then 'undecided'
        else 'unknown'
    end as matched_by
from tags
left join chosen
    on tags.tag_number = chosen.tag_number
left join campaigns
    on chosen.campaign_key = campaigns.campaign_key
left join named
    on tags.tag_number = named.tag_number
