with

run_context as (

    select as_of from {{ ref('stg_reference__run_context') }}

),

session_touches as (

    select
        source_system,
        source_object,
        session_id as source_record_id,
        'session' as touch_type,
        started_at as occurred_at,
        visitor_id_type as identifier_type,
        visitor_id as identifier,
        channel,
        source,
        medium,
        campaign,
        cast(null as {{ dbt.type_string() }}) as campaign_system,
        cast(null as {{ dbt.type_string() }}) as campaign_id,
        utm_id,
        is_bot,
        source_file
    from {{ ref('int_touchpoints__sessions') }}

),

-- A marketing tool knows the campaign of its form or e-mail.
marketing_responses as (

    select
        source_system,
        source_object,
        response_id,
        campaign_system,
        campaign_id
    from {{ ref('int_touchpoints__marketing_responses') }}
    where campaign_id is not null

),

-- A form fill came the way its session came. Without a running session its own address and referrer speak, as they do
-- for every click in an e-mail.
event_touches as (

    select
        web_hits.source_system,
        web_hits.source_object,
        web_hits.hit_id as source_record_id,
        web_hits.hit_type as touch_type,
        web_hits.occurred_at,
        web_hits.visitor_id_type as identifier_type,
        web_hits.visitor_id as identifier,
        case when sessions.session_key is null then web_hits.channel else sessions.channel end as channel,
        case when sessions.session_key is null then web_hits.source else sessions.source end as source,
        case when sessions.session_key is null then web_hits.medium else sessions.medium end as medium,
        case when sessions.session_key is null then web_hits.campaign else sessions.campaign end as campaign,
        marketing_responses.campaign_system,
        marketing_responses.campaign_id,
        case when sessions.session_key is null then web_hits.utm_id else sessions.utm_id end as utm_id,
        web_hits.is_bot,
        web_hits.source_file
    from {{ ref('int_touchpoints__web_hits') }} as web_hits
    inner join {{ ref('int_touchpoints__session_hits') }} as session_hits
        on web_hits.hit_key = session_hits.hit_key
    left join {{ ref('int_touchpoints__sessions') }} as sessions
        -- No condition of its own: with one on its left side alone, a left join compares every row with every row.
        on case when web_hits.hit_type = 'form_fill' then session_hits.session_key end = sessions.session_key
    left join marketing_responses
        on
            web_hits.source_system = marketing_responses.source_system
            and web_hits.source_object = marketing_responses.source_object
            and web_hits.hit_id = marketing_responses.response_id
    where web_hits.hit_type != 'page_view'

),

crm_campaigns as (

    select
        source_system,
        campaign_id,
        campaign_name,
        campaign_type,
        cast(null as {{ dbt.type_string() }}) as source,
        cast(null as {{ dbt.type_string() }}) as medium,
        cast(null as {{ dbt.type_string() }}) as referrer_domain
    from {{ ref('int_crm__campaigns') }}

),

-- Members whose campaign wasn't delivered fall under the rules that ask for nothing.
responses as (

    select
        members.source_system,
        members.source_object,
        members.campaign_member_id,
        members.contact_id,
        members.lead_id,
        members.campaign_system,
        members.campaign_id,
        members.responded_at,
        members.responded_from,
        members.responded_until,
        members.source_file,
        crm_campaigns.campaign_name,
        crm_campaigns.campaign_type,
        crm_campaigns.source,
        crm_campaigns.medium,
        crm_campaigns.referrer_domain
    from {{ ref('int_touchpoints__responses') }} as members
    left join crm_campaigns
        on
            members.campaign_system = crm_campaigns.source_system
            and members.campaign_id = crm_campaigns.campaign_id

),

response_channels as (

    {{ channel_for('responses') }}

),

response_touches as (

    select
        responses.source_system,
        responses.source_object,
        responses.campaign_member_id as source_record_id,
        'campaign_response' as touch_type,
        responses.responded_at as occurred_at,
        responses.responded_from as occurred_from,
        responses.responded_until as occurred_until,
        responses.contact_id,
        responses.lead_id,
        response_channels.channel,
        responses.campaign_name as campaign,
        responses.campaign_system,
        responses.campaign_id,
        responses.source_file
    from responses
    inner join response_channels
        on {{ same_channel_key('responses', 'response_channels') }}

),

-- Calls and meetings that name no lead or contact have no person, so they are no touch of anybody. Copies of an act are
-- no second one.
personal_touches as (

    select
        activities.source_system,
        activities.source_object,
        activities.activity_id as source_record_id,
        activities.activity_type as touch_type,
        activities.occurred_at,
        case when activities.occurred_at_precision != 'timestamp' then activities.occurred_from end as occurred_from,
        case when activities.occurred_at_precision != 'timestamp' then activities.occurred_until end as occurred_until,
        activities.source_system || '_contact' as identifier_type,
        activities.who_id as identifier,
        activities.source_system || '_lead' as other_identifier_type,
        activities.who_id as other_identifier,
        activities.source_system as actor_source_system,
        activities.owner_id as actor_user_id,
        false as is_actor_ambiguous,
        cast(null as {{ dbt.type_string() }}) as content_asset_id,
        activities.source_file
    from {{ ref('int_crm__activities') }} as activities
    left join {{ ref('int_activities__copies') }} as copies
        on
            activities.source_system = copies.source_system
            and activities.activity_id = copies.activity_id
    where
        not activities.is_deleted
        and copies.activity_id is null
        and activities.who_id is not null
        and (activities.activity_type = 'meeting' or (activities.activity_type = 'call' and activities.is_completed))

    union all

    select
        shares.source_system,
        'shares' as source_object,
        shares.share_id as source_record_id,
        'content_share' as touch_type,
        shares.shared_at as occurred_at,
        case when shares.shared_at_precision = 'date' then shares.shared_at end as occurred_from,
        case when shares.shared_at_precision = 'date' then shares.shared_until end as occurred_until,
        'email' as identifier_type,
        shares.contact_email as identifier,
        cast(null as {{ dbt.type_string() }}) as other_identifier_type,
        cast(null as {{ dbt.type_string() }}) as other_identifier,
        user_emails.source_system as actor_source_system,
        user_emails.user_id as actor_user_id,
        coalesce(user_emails.is_ambiguous, false) as is_actor_ambiguous,
        shares.asset_id as content_asset_id,
        shares.source_file
    from {{ ref('int_content__shares') }} as shares
    left join {{ ref('int_identity__user_emails') }} as user_emails
        on shares.user_email = user_emails.email

),

-- Whoever isn't known to be marketing counts as sales: a touch wrongly kept from credit shows in the journey with its
-- status, a seller's call that takes marketing credit shows nowhere.
owned_touches as (

    select
        personal_touches.*,
        personal_touches.is_actor_ambiguous or coalesce(user_teams.team, 'unmapped') != 'marketing'
            as is_sales_activity
    from personal_touches
    left join {{ ref('int_identity__user_teams') }} as user_teams
        on
            personal_touches.actor_source_system = user_teams.source_system
            and personal_touches.actor_user_id = user_teams.user_id

),

unioned as (

    select
        source_system,
        source_object,
        source_record_id,
        touch_type,
        occurred_at,
        cast(null as timestamp) as occurred_from,
        cast(null as timestamp) as occurred_until,
        identifier_type,
        identifier,
        cast(null as {{ dbt.type_string() }}) as other_identifier_type,
        cast(null as {{ dbt.type_string() }}) as other_identifier,
        channel,
        source,
        medium,
        campaign,
        campaign_system,
        campaign_id,
        utm_id,
        cast(null as {{ dbt.type_string() }}) as actor_user_id,
        false as is_sales_activity,
        is_bot,
        source_file
    from (
        select * from session_touches

        union all

        select * from event_touches
    ) as web_touches

    union all

    select
        source_system,
        source_object,
        source_record_id,
        touch_type,
        occurred_at,
        occurred_from,
        occurred_until,
        source_system || '_contact' as identifier_type,
        contact_id as identifier,
        source_system || '_lead' as other_identifier_type,
        lead_id as other_identifier,
        channel,
        null as source,
        null as medium,
        campaign,
        campaign_system,
        campaign_id,
        null as utm_id,
        null as actor_user_id,
        false as is_sales_activity,
        false as is_bot,
        source_file
    from response_touches

    union all

    -- What people do themselves has no source or medium, and the channel rules know nothing else to go by.
    select
        source_system,
        source_object,
        source_record_id,
        touch_type,
        occurred_at,
        occurred_from,
        occurred_until,
        identifier_type,
        identifier,
        other_identifier_type,
        other_identifier,
        case when is_sales_activity then 'sales' else 'outreach' end as channel,
        null as source,
        null as medium,
        null as campaign,
        null as campaign_system,
        null as campaign_id,
        null as utm_id,
        actor_user_id,
        is_sales_activity,
        false as is_bot,
        source_file
    from owned_touches

),

identified as (

    select
        unioned.*,
        {{ touchpoint_id('source_system', 'source_object', 'source_record_id', 'touch_type') }} as touchpoint_id,
        coalesce(identifiers.person_id, other_identifiers.person_id, web_users.person_id) as person_id
    from unioned
    left join {{ ref('int_identity__person_identifiers') }} as identifiers
        on
            unioned.identifier_type = identifiers.identifier_type
            and unioned.identifier = identifiers.identifier
    left join {{ ref('int_identity__person_identifiers') }} as other_identifiers
        on
            unioned.other_identifier_type = other_identifiers.identifier_type
            and unioned.other_identifier = other_identifiers.identifier
    -- A hit without a browser, such as a mail tool's click, tells a user id that may be an address or a CRM record.
    left join {{ ref('int_identity__web_users') }} as web_users
        on case when unioned.identifier_type = 'user_id' then unioned.identifier end = web_users.user_id
    -- A meeting entered without any date has no place in a journey.
    where unioned.occurred_at is not null

),

first_uses as (

    select
        touchpoint_id,
        content_asset_id
    from {{ ref('int_touchpoints__content_uses') }}
    qualify
        row_number() over (
            partition by touchpoint_id
            order by used_at, content_asset_id
        ) = 1

),

-- In journeys of millions of touches numbers are carried instead of ids and names. Sorted by themselves: a sort moves
-- all of a row.
touch_keys as (

    select
        touchpoint_id,
        cast(row_number() over (order by touchpoint_id) as integer) as touch_key
    from identified

),

channel_numbers as (

    select
        channel,
        cast(row_number() over (order by channel) as smallint) as channel_number
    from (select distinct channel from identified) as channels

)

select
    touch_keys.touch_key,
    identified.touchpoint_id,
    identified.person_id,
    person_accounts.account_id,
    identified.occurred_at,
    identified.occurred_from,
    identified.occurred_until,
    identified.touch_type,
    identified.channel,
    channel_numbers.channel_number,
    identified.source,
    identified.medium,
    identified.campaign,
    coalesce(identified.campaign_id, tag_matches.campaign_id) as campaign_id,
    case
        when identified.campaign_id is not null
            then {{ campaign_key('identified.campaign_system', 'identified.campaign_id') }}
        else tag_matches.campaign_key
    end as campaign_key,
    case when identified.campaign_id is not null then 'record' else tag_matches.matched_by end as campaign_matched_by,
    first_uses.content_asset_id,
    identified.source_system,
    identified.source_object,
    identified.source_record_id,
    identified.actor_user_id,
    identified.is_sales_activity,
    coalesce(identified.source = '(direct)', false) or lower(identified.channel) = 'direct' as is_direct,
    coalesce(persons.is_internal, false) as is_internal,
    identified.is_bot,
    {{ has_impossible_time('identified.occurred_at', 'identified.touch_type', 'run_context.as_of') }}
        as has_impossible_time,
    identified.source_file
from identified
cross join run_context
inner join touch_keys
    on identified.touchpoint_id = touch_keys.touchpoint_id
inner join channel_numbers
    on identified.channel = channel_numbers.channel
left join {{ ref('int_identity__persons') }} as persons
    on identified.person_id = persons.person_id
left join {{ ref('int_identity__person_accounts') }} as person_accounts
    on identified.person_id = person_accounts.person_id
left join {{ ref('int_touchpoints__tag_matches') }} as tag_matches
    -- No condition of its own: with one on its left side alone, a left join compares every row with every row.
    on
        case when identified.campaign_id is null then coalesce(identified.campaign, '') end
        = coalesce(tag_matches.campaign, '')
        and coalesce(identified.utm_id, '') = coalesce(tag_matches.utm_id, '')
        and identified.source is not distinct from tag_matches.source
left join first_uses
    on identified.touchpoint_id = first_uses.touchpoint_id
