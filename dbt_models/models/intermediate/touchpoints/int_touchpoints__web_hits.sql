with

tracked as (

    select
        source_system,
        source_object,
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
        utm_id,
        user_agent,
        is_inner_referrer,
        is_bot as is_bot_by_tracker,
        coalesce(consent in ('refused', 'unmapped'), false) as is_without_consent,
        source_file
    from {{ ref('int_web__page_views') }}

    union all

    select
        source_system,
        source_object,
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
        utm_id,
        user_agent,
        is_inner_referrer,
        is_bot as is_bot_by_tracker,
        coalesce(consent in ('refused', 'unmapped'), false) as is_without_consent,
        source_file
    from {{ ref('int_web__events') }}
    where {{ event_touch_type('event_name') }} is not null

    union all

    -- What a marketing tool knows of forms and clicks comes the way its address says, as a tracked event does.
    select
        source_system,
        source_object,
        response_id as hit_id,
        response_type as hit_type,
        cast(null as {{ dbt.type_string() }}) as anonymous_id,
        person_key as user_id,
        responded_at as occurred_at,
        url,
        referrer,
        cast(null as {{ dbt.type_string() }}) as utm_source,
        cast(null as {{ dbt.type_string() }}) as utm_medium,
        cast(null as {{ dbt.type_string() }}) as utm_campaign,
        cast(null as {{ dbt.type_string() }}) as utm_id,
        user_agent,
        false as is_inner_referrer,
        false as is_bot_by_tracker,
        false as is_without_consent,
        source_file
    from {{ ref('int_touchpoints__marketing_responses') }}

),

-- Whatever joins hits joins a number instead of three texts. In no order: sorting a million texts takes longer than all
-- that the number saves.
hits as (

    select
        *,
        cast({{ any_number('hit_id') }} as integer) as hit_key
    from tracked

),

-- Texts are taken apart once each: a million hits come from far fewer pages, campaigns, referrers and browsers.
addresses as (

    select
        url,
        {{ url_path('address') }} as url_path,
        coalesce({{ registrable_domain('address') }}, {{ url_host('address') }}) as company,
        case when url like '%=%' then url end as url_with_parameters
    from (
        select
            url,
            {{ site_address('url') }} as address
        from (select distinct url from hits) as distinct_urls
    ) as site_addresses

),

urls as (

    select
        url,
        url_path,
        company,
        lower({{ decoded_text(url_parameter('url_with_parameters', ['utm_source'])) }}) as utm_source,
        lower({{ decoded_text(url_parameter('url_with_parameters', ['utm_medium'])) }}) as utm_medium,
        {{ decoded_text(url_parameter('url_with_parameters', ['utm_campaign'])) }} as utm_campaign,
        coalesce(
            nullif({{ url_parameter('url_with_parameters', ['utm_id', 'gad_campaignid', 'hsa_cam']) }}, ''),
            nullif({{ url_crm_campaign_id('url_with_parameters') }}, '')
        ) as utm_id,
        nullif({{ click_id_rule('ad', 'name', 'url_with_parameters') }}, '') as ad_click_id,
        nullif({{ click_id_rule('social', 'name', 'url_with_parameters') }}, '') as social_click_id
    from addresses

),

-- What the tracker's own columns say, decoded, and as they stand: some trackers decode, some don't.
stated_campaigns as (

    select
        utm_source as given_source,
        utm_medium as given_medium,
        utm_campaign as given_campaign,
        utm_id as given_id,
        lower(trim(utm_source)) as undecoded_source,
        lower(trim(utm_medium)) as undecoded_medium,
        lower(trim(utm_campaign)) as undecoded_campaign,
        lower({{ decoded_text('utm_source') }}) as utm_source,
        lower({{ decoded_text('utm_medium') }}) as utm_medium,
        {{ decoded_text('utm_campaign') }} as utm_campaign,
        {{ decoded_text('utm_id') }} as utm_id
    from (
        select distinct
            utm_source,
            utm_medium,
            utm_campaign,
            utm_id
        from hits
        where coalesce(utm_source, utm_medium, utm_campaign, utm_id) is not null
    ) as distinct_campaigns

),

referring_urls as (

    select
        referrer,
        {{ url_host('address') }} as host,
        coalesce({{ registrable_domain('address') }}, {{ url_host('address') }}) as company
    from (
        select
            referrer,
            {{ site_address('referrer') }} as address
        from (select distinct referrer from hits) as distinct_referrers
    ) as site_addresses

),

-- What a list says of a domain holds for the hosts below it.
referring_domains as (

    select
        host,
        {{ domains_above('host') }} as domain
    from (select distinct host from referring_urls) as distinct_hosts
    where host is not null

),

referring_hosts as (

    select
        referring_domains.host,
        {{ search_engine('referring_domains.host') }} as search_engine,
        max(case when own_domains.is_own then 1 else 0 end) = 1 as is_own,
        max(case when stopovers.domain is not null then 1 else 0 end) = 1 as is_stopover
    from referring_domains
    left join {{ ref('int_touchpoints__own_domains') }} as own_domains
        on referring_domains.domain = own_domains.domain
    left join {{ ref('stg_reference__stopover_domains') }} as stopovers
        on referring_domains.domain = stopovers.domain
    group by referring_domains.host

),

user_agents as (

    select
        user_agent,
        {{ is_bot_user_agent('user_agent') }} as is_bot
    from (select distinct user_agent from hits) as distinct_user_agents

),

-- The address repeats what the columns say, or it adds what they leave blank. Where the two contradict each other the
-- columns hold, and a blank one stays blank: half of one link and half of another make a third that nobody clicked.
evidence as (

    select
        hits.hit_key,
        hits.source_system,
        hits.source_object,
        hits.hit_id,
        hits.hit_type,
        hits.anonymous_id,
        hits.user_id,
        hits.occurred_at,
        hits.is_without_consent,
        hits.source_file,
        urls.url_path,
        urls.ad_click_id,
        urls.social_click_id,
        urls.utm_source as url_source,
        urls.utm_medium as url_medium,
        urls.utm_campaign as url_campaign,
        urls.utm_id as url_id,
        stated.utm_source,
        stated.utm_medium,
        stated.utm_campaign,
        stated.utm_id,
        -- True as well where the tracker delivers what it decoded itself.
        urls.utm_source = stated.undecoded_source as is_url_source,
        urls.utm_medium = stated.undecoded_medium as is_url_medium,
        lower(urls.utm_campaign) = stated.undecoded_campaign as is_url_campaign,
        coalesce(urls.utm_source not in (stated.utm_source, stated.undecoded_source), false)
        or coalesce(urls.utm_medium not in (stated.utm_medium, stated.undecoded_medium), false)
        or coalesce(lower(urls.utm_campaign) not in (lower(stated.utm_campaign), stated.undecoded_campaign), false)
            as is_contradicted,
        referring_urls.host as referrer_host,
        referring_hosts.search_engine,
        -- The company's own pages refer to each other: that is no new visit, whatever the domain. Some trackers say so.
        coalesce(referring_urls.company = urls.company or referring_hosts.is_own, false)
        or coalesce(hits.is_inner_referrer, false) as is_inner,
        coalesce(referring_hosts.is_stopover, false) as is_stopover,
        coalesce(user_agents.is_bot, false) or coalesce(hits.is_bot_by_tracker, false) as is_bot
    from hits
    left join urls
        on hits.url = urls.url
    left join stated_campaigns as stated
        on
            hits.utm_source is not distinct from stated.given_source
            and hits.utm_medium is not distinct from stated.given_medium
            and hits.utm_campaign is not distinct from stated.given_campaign
            and hits.utm_id is not distinct from stated.given_id
    left join referring_urls
        on hits.referrer = referring_urls.referrer
    left join referring_hosts
        on referring_urls.host = referring_hosts.host
    left join user_agents
        on hits.user_agent = user_agents.user_agent

),

-- A click id in the address of an inner page was carried along, unless the visitor's first page wasn't seen: trackers
-- that wait for consent see the second one first.
inner_clicks as (

    select
        hit_key,
        coalesce(anonymous_id, user_id) as visitor_id,
        occurred_at
    from evidence
    where is_inner and (ad_click_id is not null or social_click_id is not null)

),

first_hits as (

    select
        coalesce(anonymous_id, user_id) as visitor_id,
        min(occurred_at) as first_hit_at
    from hits
    where coalesce(anonymous_id, user_id) in (select inner_clicks.visitor_id from inner_clicks)
    group by visitor_id

),

carried_clicks as (

    select inner_clicks.hit_key
    from inner_clicks
    inner join first_hits
        on inner_clicks.visitor_id = first_hits.visitor_id
    where inner_clicks.occurred_at > first_hits.first_hit_at

),

clicks as (

    select
        evidence.*,
        carried_clicks.hit_key is not null as is_carried_click
    from evidence
    left join carried_clicks
        on evidence.hit_key = carried_clicks.hit_key

),

campaigns as (

    select
        hit_key,
        source_system,
        source_object,
        hit_id,
        hit_type,
        anonymous_id,
        user_id,
        occurred_at,
        is_without_consent,
        source_file,
        url_path,
        case when not is_carried_click then ad_click_id end as ad_click_id,
        case when not is_carried_click then social_click_id end as social_click_id,
        case
            when is_url_source then url_source
            when utm_source is not null then utm_source
            when not is_contradicted then url_source
        end as utm_source,
        case
            when is_url_medium then url_medium
            when utm_medium is not null then utm_medium
            when not is_contradicted then url_medium
        end as utm_medium,
        case
            when is_url_campaign then url_campaign
            when utm_campaign is not null then utm_campaign
            when not is_contradicted then url_campaign
        end as utm_campaign,
        coalesce(utm_id, case when not is_contradicted then url_id end) as utm_id,
        -- Whoever signs in, pays or books elsewhere on the way comes back to the visit that was running.
        case when not is_inner and not is_stopover then referrer_host end as referring_host,
        search_engine,
        is_bot
    from clicks

),

-- A link that names its source and no medium wasn't found by a search engine of another name: the referrer is then what
-- the visitor did before, and must not fill in the medium. A listing in Google's maps calls itself gmb or gbp.
referrers as (

    select
        *,
        case
            when
                utm_source is not null
                and utm_medium is null
                and search_engine != ''
                and utm_source not like '%' || search_engine || '%'
                and not {{ matches_pattern('utm_source', '^(gmb|gbp|google|maps|local)') }}
                then null
            else referring_host
        end as referrer_domain
    from campaigns

),

-- What the hit itself says of where it came from. A click id of an ad says paid, whatever parameters stand beside it:
-- where they don't say so themselves, its platform speaks for them. A referrer from outside comes after all parameters.
-- A click in an e-mail came by e-mail.
referrals as (

    select
        *,
        case
            when ad_click_id is not null and {{ is_paid_medium('utm_medium') }}
                then coalesce(utm_source, {{ click_id_rule('ad', 'source', 'ad_click_id') }})
            when ad_click_id is not null and {{ click_id_rule('ad', 'is_source', 'utm_source', 'ad_click_id') }}
                then utm_source
            when ad_click_id is not null then {{ click_id_rule('ad', 'source', 'ad_click_id') }}
            when utm_source is not null or utm_medium is not null then utm_source
            when referrer_domain is not null then null
            when social_click_id is not null
                then {{ click_id_rule('social', 'source', 'social_click_id') }}
            when coalesce(utm_campaign, utm_id) is not null then null
            when hit_type = 'email_click' then 'email'
            else '(direct)'
        end as source,
        case
            when ad_click_id is not null and {{ is_paid_medium('utm_medium') }} then utm_medium
            when ad_click_id is not null then {{ click_id_rule('ad', 'medium', 'ad_click_id') }}
            when utm_source is not null or utm_medium is not null then utm_medium
            when referrer_domain is not null then null
            when social_click_id is not null
                then {{ click_id_rule('social', 'medium', 'social_click_id') }}
            when coalesce(utm_campaign, utm_id) is not null then null
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
        {{
            one_of(
                'referrals.source_object',
                [
                    'pages', 'tracks', 'events', 'form_submissions', 'email_events', 'contacts',
                    'activities_fill_out_form', 'activities_click_email', 'activities'
                ]
            )
        }} as source_object,
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
        referrals.utm_id,
        referrals.referrer_domain,
        channels.channel,
        coalesce(referrals.source = '(direct)', false) or lower(channels.channel) = 'direct' as is_direct,
        referrals.is_bot,
        referrals.is_without_consent,
        referrals.source_file
    from referrals
    inner join channels
        on {{ same_channel_key('referrals', 'channels') }}

)

select * from classified
