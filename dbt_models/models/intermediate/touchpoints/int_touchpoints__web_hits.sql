with

tracked as (

    select
        source_system,
        'pages' as source_object,
        page_view_id as hit_id,
        'page_view' as hit_type,
        anonymous_id,
        user_id,
        viewed_at as occurred_at,
        url,
        referrer,
        utm_source,
        utm_medium,
        utm_campaign,
        user_agent,
        source_file
    from {{ ref('int_web__page_views') }}

    union all

    select
        source_system,
        'tracks' as source_object,
        event_id as hit_id,
        {{ event_touch_type('event_name') }} as hit_type,
        anonymous_id,
        user_id,
        occurred_at,
        url,
        referrer,
        utm_source,
        utm_medium,
        utm_campaign,
        user_agent,
        source_file
    from {{ ref('int_web__events') }}
    where {{ event_touch_type('event_name') }} is not null

),

-- Whatever joins hits joins a number instead of three texts. In no order: sorting a million texts takes longer than all
-- that the number saves.
hits as (

    select
        *,
        cast(row_number() over () as integer) as hit_key
    from tracked

),

-- Texts are taken apart once each: a million hits come from far fewer pages, referrers and browsers.
urls as (

    select
        url,
        {{ url_path('url') }} as url_path,
        regexp_extract(url, '[?&](gclid|gbraid|wbraid|msclkid)=', 1) as click_id,
        coalesce({{ registrable_domain('url') }}, {{ url_host('url') }}) as company
    from (select distinct url from hits) as distinct_urls

),

referring_urls as (

    select
        referrer,
        {{ url_host('referrer') }} as host,
        coalesce({{ registrable_domain('referrer') }}, {{ url_host('referrer') }}) as company
    from (select distinct referrer from hits) as distinct_referrers

),

user_agents as (

    select
        user_agent,
        {{ is_bot_user_agent('user_agent') }} as is_bot
    from (select distinct user_agent from hits) as distinct_user_agents

),

addresses as (

    select
        hits.hit_key,
        hits.source_system,
        hits.source_object,
        hits.hit_id,
        hits.hit_type,
        hits.anonymous_id,
        hits.user_id,
        hits.occurred_at,
        nullif(lower(trim(hits.utm_source)), '') as utm_source,
        nullif(lower(trim(hits.utm_medium)), '') as utm_medium,
        nullif(trim(hits.utm_campaign), '') as utm_campaign,
        urls.url_path,
        urls.click_id,
        referring_urls.host as referrer_host,
        referring_urls.company as referrer_company,
        coalesce(urls.company, '') as own_company,
        coalesce(user_agents.is_bot, false) as is_bot,
        hits.source_file
    from hits
    left join urls
        on hits.url = urls.url
    left join referring_urls
        on hits.referrer = referring_urls.referrer
    left join user_agents
        on hits.user_agent = user_agents.user_agent

),

-- The company's own pages refer to each other: that is no new visit, whatever the sub-domain.
referrers as (

    select
        *,
        case when referrer_company != own_company then referrer_host end as referrer_domain
    from addresses

),

-- What the hit itself says of where it came from, strongest first: campaign parameters, an ad platform's click id
-- (which auto-tagging adds instead of parameters), a referrer from outside. A click in an e-mail came by e-mail.
referrals as (

    select
        *,
        case
            when utm_source is not null or utm_medium is not null or utm_campaign is not null then utm_source
            when click_id in ('gclid', 'gbraid', 'wbraid') then 'google'
            when click_id = 'msclkid' then 'bing'
            when referrer_domain is not null then null
            when hit_type = 'email_click' then 'email'
            else '(direct)'
        end as source,
        case
            when utm_source is not null or utm_medium is not null or utm_campaign is not null then utm_medium
            when click_id != '' then 'cpc'
            when referrer_domain is not null then null
            when hit_type = 'email_click' then 'email'
            else '(none)'
        end as medium,
        cast(null as {{ dbt.type_string() }}) as campaign_type
    from referrers

),

channels as (

    {{ channel_for('referrals') }}

),

classified as (

    select
        referrals.hit_key,
        referrals.source_system,
        {{ one_of('referrals.source_object', ['pages', 'tracks']) }} as source_object,
        referrals.hit_id,
        {{ one_of('referrals.hit_type', ['page_view', 'form_fill', 'email_click']) }} as hit_type,
        -- A hit without any visitor id is a visitor of its own: unknown visitors must not become one.
        coalesce(referrals.anonymous_id, referrals.user_id, referrals.hit_id) as visitor_id,
        {{ one_of(
            "case
                when referrals.anonymous_id is not null then 'anonymous_id'
                when referrals.user_id is not null then 'user_id'
                else 'none'
            end",
            ['anonymous_id', 'user_id', 'none']
        ) }} as visitor_id_type,
        referrals.occurred_at,
        referrals.url_path,
        coalesce(referrals.source, referrals.referrer_domain) as source,
        coalesce(
            referrals.medium,
            case
                when referrals.source is not null or referrals.referrer_domain is null then null
                when channels.channel like 'organic%' then 'organic'
                else 'referral'
            end
        ) as medium,
        referrals.utm_campaign as campaign,
        referrals.referrer_domain,
        channels.channel,
        coalesce(referrals.source = '(direct)', false) or lower(channels.channel) = 'direct' as is_direct,
        referrals.is_bot,
        referrals.source_file
    from referrals
    inner join channels
        on {{ same_channel_key('referrals', 'channels') }}

)

select * from classified
