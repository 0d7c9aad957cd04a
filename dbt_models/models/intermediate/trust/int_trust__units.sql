with

run_context as (

    select as_of from {{ ref('stg_reference__run_context') }}

),

-- Known is who has a CRM record or an e-mail address; a browser that never said whose it is belongs to nobody known.
persons as (

    select
        person_id,
        created_at is not null or email is not null as is_known
    from {{ ref('int_identity__persons') }}

),

marketing_touches as (

    select *
    from {{ ref('int_touchpoints__touches') }} as touches
    where {{ is_marketing_touch('touches') }}

),

visits as (

    select
        touches.person_id,
        touches.occurred_at,
        touches.channel,
        touches.source,
        touches.source_system,
        touches.source_object,
        touches.source_record_id,
        sessions.page_views
    from marketing_touches as touches
    inner join {{ ref('int_touchpoints__sessions') }} as sessions
        on
            touches.source_system = sessions.source_system
            and touches.source_record_id = sessions.session_id
    where touches.touch_type = 'session'

),

-- A hit without consent is nobody's touch and belongs to no session: it counts as the page view or click that it is.
-- One that names no source may be a later page of any session, so that its channel is unknown.
hits_without_consent as (

    select
        case web_hits.hit_type when 'page_view' then 'page_views' else 'email_clicks' end as metric,
        web_hits.occurred_at,
        case when web_hits.is_direct then 'unknown' else web_hits.channel end as channel,
        case when not web_hits.is_direct then web_hits.source end as source,
        web_hits.source_system,
        web_hits.source_object,
        web_hits.hit_id
    from {{ ref('int_touchpoints__web_hits') }} as web_hits
    cross join run_context
    where
        web_hits.is_without_consent
        and web_hits.hit_type in ('page_view', 'email_click')
        and not web_hits.is_bot
        and {{ has_impossible_time('web_hits.occurred_at', "'session'", 'run_context.as_of') }} is not true

),

email_opens as (

    select
        coalesce(identifiers.person_id, web_users.person_id) as person_id,
        events.occurred_at,
        events.source_system,
        events.event_id
    from {{ ref('int_web__events') }} as events
    left join {{ ref('int_identity__person_identifiers') }} as identifiers
        on
            events.anonymous_id = identifiers.identifier
            and identifiers.identifier_type = 'anonymous_id'
    left join {{ ref('int_identity__web_users') }} as web_users
        on case when events.anonymous_id is null then events.user_id end = web_users.user_id
    where {{ is_email_open('events.event_name') }}

),

leads as (

    select
        identifiers.person_id,
        records.created_at as occurred_at,
        records.lead_source as source,
        records.source_system,
        records.record_id
    from {{ ref('int_identity__record_creations') }} as records
    inner join {{ ref('int_identity__person_identifiers') }} as identifiers
        on
            records.identifier_type = identifiers.identifier_type
            and records.record_id = identifiers.identifier
    where records.record_type = 'lead' and records.is_live

),

-- As the CRM counts them: each lead once, when it first enters the stage. That two of them are one person is for
-- target integrity to say.
stage_entries as (

    select
        entries.stage || 's' as metric,
        entries.person_id,
        min(entries.entered_at) as occurred_at,
        records.lead_source as source,
        entries.source_system,
        entries.lead_id
    from {{ ref('int_lifecycle__lead_stage_entries') }} as entries
    inner join {{ ref('int_identity__record_creations') }} as records
        on
            entries.lead_id = records.record_id
            and entries.source_system || '_lead' = records.identifier_type
    where entries.stage in ('mql', 'sql') and records.is_live
    group by entries.stage, entries.person_id, records.lead_source, entries.source_system, entries.lead_id

),

deals as (

    select
        opportunities.opportunity_id,
        opportunities.source_system,
        opportunities.created_at,
        opportunities.close_date,
        opportunities.is_won,
        opportunities.amount,
        originators.originator_person_id as person_id,
        originators.originator_source as source
    from {{ ref('int_revenue__opportunities') }} as opportunities
    inner join {{ ref('int_identity__opportunity_originators') }} as originators
        on opportunities.opportunity_id = originators.opportunity_id

),

-- Units without a channel of their own, each with the record behind it.
funnel as (

    select
        'leads' as metric,
        person_id,
        occurred_at,
        cast(null as date) as booked_date,
        source,
        source_system,
        'Lead' as source_object,
        record_id as source_record_id,
        1 as quantity
    from leads

    union all

    select
        metric,
        person_id,
        occurred_at,
        cast(null as date) as booked_date,
        source,
        source_system,
        'Lead' as source_object,
        lead_id as source_record_id,
        1 as quantity
    from stage_entries

    union all

    select
        'opportunities' as metric,
        person_id,
        created_at as occurred_at,
        cast(null as date) as booked_date,
        source,
        source_system,
        'Opportunity' as source_object,
        opportunity_id as source_record_id,
        1 as quantity
    from deals

    union all

    -- Revenue is booked on the close date, which is a date of the company's calendar already.
    select
        'won_amount' as metric,
        person_id,
        created_at as occurred_at,
        close_date as booked_date,
        source,
        source_system,
        'Opportunity' as source_object,
        opportunity_id as source_record_id,
        amount as quantity
    from deals
    where is_won

),

-- They came through the channel of the person's last marketing touch up to that timestamp.
funnel_channels as (

    select
        funnel.metric,
        funnel.source_system,
        funnel.source_record_id,
        touches.channel
    from funnel
    inner join marketing_touches as touches
        on
            funnel.person_id = touches.person_id
            and funnel.occurred_at >= coalesce(touches.occurred_from, touches.occurred_at)
    qualify
        row_number() over (
            partition by funnel.metric, funnel.source_system, funnel.source_record_id
            order by touches.occurred_at desc, touches.touchpoint_id desc
        ) = 1

),

daily_spend as (

    select
        *,
        channel_source as source,
        channel_medium as medium,
        cast(null as {{ dbt.type_string() }}) as referrer_domain,
        cast(null as {{ dbt.type_string() }}) as campaign_type
    from {{ ref('int_ads__daily_spend') }}

),

ad_channels as (

    {{ channel_for('daily_spend') }}

),

ads as (

    select
        daily_spend.spend_date,
        ad_channels.channel,
        daily_spend.source,
        daily_spend.source_system,
        daily_spend.campaign_id,
        coalesce(daily_spend.impressions, 0) as impressions,
        coalesce(daily_spend.clicks, 0) as clicks
    from daily_spend
    inner join ad_channels
        on {{ same_channel_key('daily_spend', 'ad_channels') }}

),

units as (

    select
        'visits' as metric,
        person_id,
        coalesce(person_id, source_record_id) as visitor_key,
        occurred_at,
        cast(null as date) as booked_date,
        channel,
        source,
        source_system,
        source_object,
        source_record_id,
        1 as quantity,
        page_views
    from visits

    union all

    select
        'email_clicks' as metric,
        person_id,
        null as visitor_key,
        occurred_at,
        null as booked_date,
        channel,
        source,
        source_system,
        source_object,
        source_record_id,
        1 as quantity,
        null as page_views
    from marketing_touches
    where touch_type = 'email_click'

    union all

    select
        metric,
        null as person_id,
        null as visitor_key,
        occurred_at,
        null as booked_date,
        channel,
        source,
        source_system,
        source_object,
        hit_id as source_record_id,
        1 as quantity,
        null as page_views
    from hits_without_consent

    union all

    select
        'email_opens' as metric,
        person_id,
        null as visitor_key,
        occurred_at,
        null as booked_date,
        'email' as channel,
        null as source,
        source_system,
        'tracks' as source_object,
        event_id as source_record_id,
        1 as quantity,
        null as page_views
    from email_opens

    union all

    select
        funnel.metric,
        funnel.person_id,
        null as visitor_key,
        funnel.occurred_at,
        funnel.booked_date,
        coalesce(funnel_channels.channel, 'unknown') as channel,
        funnel.source,
        funnel.source_system,
        funnel.source_object,
        funnel.source_record_id,
        funnel.quantity,
        null as page_views
    from funnel
    left join funnel_channels
        on
            funnel.metric = funnel_channels.metric
            and funnel.source_system = funnel_channels.source_system
            and funnel.source_record_id = funnel_channels.source_record_id

    union all

    select
        'ad_impressions' as metric,
        null as person_id,
        null as visitor_key,
        null as occurred_at,
        spend_date as booked_date,
        channel,
        source,
        source_system,
        'daily_spend' as source_object,
        campaign_id as source_record_id,
        impressions as quantity,
        null as page_views
    from ads

    union all

    select
        'ad_clicks' as metric,
        null as person_id,
        null as visitor_key,
        null as occurred_at,
        spend_date as booked_date,
        channel,
        source,
        source_system,
        'daily_spend' as source_object,
        campaign_id as source_record_id,
        clicks as quantity,
        null as page_views
    from ads

),

dated as (

    select
        units.*,
        coalesce(units.booked_date, {{ company_date('units.occurred_at') }}) as unit_date
    from units

)

select
    dated.metric,
    dated.source_system,
    dated.source_object,
    dated.source_record_id,
    dated.person_id,
    dated.visitor_key,
    coalesce(persons.is_known, false) as is_known,
    dated.channel,
    dated.source,
    dated.occurred_at,
    dated.unit_date,
    cast({{ dbt.date_trunc('week', 'dated.unit_date') }} as date) as week_start,
    cast(dated.quantity as decimal(18, 2)) as quantity,
    dated.page_views
from dated
left join persons
    on dated.person_id = persons.person_id
cross join run_context
where dated.unit_date <= {{ company_date('run_context.as_of') }}
