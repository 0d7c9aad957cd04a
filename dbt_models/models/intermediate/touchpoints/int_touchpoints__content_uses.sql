with

asset_paths as (

    select
        url_path,
        depth,
        asset_id
    from {{ ref('int_touchpoints__asset_paths') }}

),

depths as (

    select distinct depth from asset_paths

),

visited_paths as (

    select distinct url_path
    from {{ ref('int_touchpoints__web_hits') }}

),

-- An asset covers its own path and everything below it, by whole segments: /guides/roi covers /guides/roi/part-2, not
-- /guides/roi-calculator. The longest path wins. The home page covers only itself, or it would be used in every visit.
matched_paths as (

    select
        visited_paths.url_path,
        asset_paths.asset_id
    from visited_paths
    cross join depths
    inner join asset_paths
        on
            depths.depth = asset_paths.depth
            and case
                when depths.depth = 0 then visited_paths.url_path
                else {{ path_prefix('visited_paths.url_path', 'depths.depth') }}
            end = asset_paths.url_path
    qualify
        row_number() over (
            partition by visited_paths.url_path
            order by asset_paths.depth desc
        ) = 1

),

-- A page view is a use in its session, a form fill or e-mail click one of its own touch.
web_uses as (

    select
        case when web_hits.hit_type = 'page_view' then session_hits.session_key else web_hits.hit_key end
            as touched_hit_key,
        matched_paths.asset_id,
        min(web_hits.occurred_at) as used_at,
        count(*) as uses
    from {{ ref('int_touchpoints__web_hits') }} as web_hits
    inner join matched_paths
        on web_hits.url_path = matched_paths.url_path
    inner join {{ ref('int_touchpoints__session_hits') }} as session_hits
        on web_hits.hit_key = session_hits.hit_key
    group by touched_hit_key, matched_paths.asset_id

),

touched_web_uses as (

    select
        {{ touchpoint_id(
            'touch_hits.source_system',
            'touch_hits.source_object',
            'touch_hits.hit_id',
            "case when touch_hits.hit_type = 'page_view' then 'session' else touch_hits.hit_type end"
        ) }} as touchpoint_id,
        web_uses.asset_id as content_asset_id,
        case touch_hits.hit_type
            when 'page_view' then 'visit'
            when 'form_fill' then 'form'
            else 'email'
        end as use_type,
        web_uses.used_at,
        cast(null as timestamp) as used_from,
        web_uses.uses
    from web_uses
    inner join {{ ref('int_touchpoints__web_hits') }} as touch_hits
        on web_uses.touched_hit_key = touch_hits.hit_key

),

shares as (

    select
        {{ touchpoint_id('source_system', "'shares'", 'share_id', "'content_share'") }} as touchpoint_id,
        asset_id as content_asset_id,
        'share' as use_type,
        shared_at as used_at,
        cast(null as timestamp) as used_from,
        1 as uses
    from {{ ref('int_content__shares') }}

),

-- A response to a campaign that was about an asset, such as a webinar's own: the library names such campaigns.
asset_campaigns as (

    select
        asset_id,
        trim(campaign) as campaign
    from (
        select
            asset_id,
            {{ split_list('campaigns') }} as campaign
        from {{ ref('int_content__assets') }}
        where campaigns is not null
    ) as listed

),

campaign_assets as (

    select distinct
        crm_campaigns.source_system,
        crm_campaigns.campaign_id,
        asset_campaigns.asset_id
    from {{ ref('int_crm__campaigns') }} as crm_campaigns
    inner join asset_campaigns
        on
            crm_campaigns.campaign_id = asset_campaigns.campaign
            or lower(trim(crm_campaigns.campaign_name)) = lower(asset_campaigns.campaign)

),

responses as (

    select
        {{ touchpoint_id(
            'members.source_system', 'members.source_object', 'members.campaign_member_id', "'campaign_response'"
        ) }} as touchpoint_id,
        campaign_assets.asset_id as content_asset_id,
        'response' as use_type,
        members.responded_at as used_at,
        members.responded_from as used_from,
        1 as uses
    from {{ ref('int_touchpoints__responses') }} as members
    inner join campaign_assets
        on
            members.campaign_system = campaign_assets.source_system
            and members.campaign_id = campaign_assets.campaign_id

),

unioned as (

    select * from touched_web_uses

    union all

    select * from shares

    union all

    select * from responses

)

select * from unioned
