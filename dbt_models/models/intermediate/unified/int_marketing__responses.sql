with

hubspot_people as (

    select
        record_id as contact_id,
        survivor_id
    from {{ ref('int_hubspot__merged_ids') }}
    where record_type = 'contact'

),

hubspot_campaigns as (

    select
        upper(asset_type) as asset_type,
        asset_id,
        min(campaign_id) as campaign_id
    from {{ ref('stg_hubspot__marketing_campaign_assets') }}
    where not is_deleted
    group by upper(asset_type), asset_id

),

hubspot_submissions as (

    select
        submissions.source_system,
        'form_submissions' as source_object,
        coalesce(
            submissions.submission_id,
            submissions.form_id || ':' || coalesce(submissions.contact_id, submissions.email, '') || ':'
            || cast(submissions.submitted_at as {{ dbt.type_string() }})
        ) as response_id,
        'form_fill' as response_type,
        coalesce(hubspot_people.survivor_id, submissions.contact_id) as contact_id,
        submissions.email,
        hubspot_campaigns.campaign_id,
        submissions.form_id as asset_id,
        coalesce(forms.form_name, submissions.page_title) as asset_name,
        submissions.page_url as url,
        cast(null as {{ dbt.type_string() }}) as referrer,
        cast(null as {{ dbt.type_string() }}) as user_agent,
        submissions.submitted_at as responded_at,
        submissions.source_file
    from {{ ref('stg_hubspot__form_submissions') }} as submissions
    left join hubspot_people
        on submissions.contact_id = hubspot_people.contact_id
    left join {{ ref('stg_hubspot__forms') }} as forms
        on submissions.form_id = forms.form_id
    left join hubspot_campaigns
        on
            submissions.form_id = hubspot_campaigns.asset_id
            and hubspot_campaigns.asset_type = 'FORM'
    where not submissions.is_deleted

),

-- Machines of mail gateways click, too: HubSpot filters them. An event that another replaces is told there.
hubspot_clicks as (

    select
        events.source_system,
        'email_events' as source_object,
        events.event_id as response_id,
        'email_click' as response_type,
        cast(null as {{ dbt.type_string() }}) as contact_id,
        events.email,
        hubspot_campaigns.campaign_id,
        events.email_campaign_id as asset_id,
        emails.email_name as asset_name,
        coalesce(events.url, clicks.url) as url,
        coalesce(events.referrer, clicks.referrer) as referrer,
        coalesce(events.user_agent, clicks.user_agent) as user_agent,
        events.happened_at as responded_at,
        events.source_file
    from {{ ref('stg_hubspot__email_events') }} as events
    left join {{ ref('stg_hubspot__email_event_clicks') }} as clicks
        on events.event_id = clicks.event_id
    left join {{ ref('stg_hubspot__email_campaigns') }} as emails
        on events.email_campaign_id = emails.email_campaign_id
    left join hubspot_campaigns
        on
            events.email_campaign_id = hubspot_campaigns.asset_id
            and hubspot_campaigns.asset_type = 'MARKETING_EMAIL'
    where
        not events.is_deleted
        and upper(events.event_type) in ('CLICK', 'REPLY')
        and not coalesce(events.is_filtered, false)
        and events.obsoleted_by_id is null

),

hubspot_submitters as (

    select distinct contact_id
    from hubspot_submissions
    where contact_id is not null

),

-- Where the submissions aren't delivered, the contact itself tells of its first and its latest one.
hubspot_conversions as (

    {% for which in ['first', 'recent'] -%}
    select
        contacts.source_system,
        'contacts' as source_object,
        contacts.contact_id || ':{{ which }}_conversion' as response_id,
        'form_fill' as response_type,
        contacts.contact_id,
        cast(null as {{ dbt.type_string() }}) as email,
        cast(null as {{ dbt.type_string() }}) as campaign_id,
        cast(null as {{ dbt.type_string() }}) as asset_id,
        contacts.{{ which }}_conversion_name as asset_name,
        cast(null as {{ dbt.type_string() }}) as url,
        cast(null as {{ dbt.type_string() }}) as referrer,
        cast(null as {{ dbt.type_string() }}) as user_agent,
        contacts.{{ which }}_conversion_at as responded_at,
        contacts.source_file
    from {{ ref('stg_hubspot__contacts') }} as contacts
    left join hubspot_people
        on contacts.contact_id = hubspot_people.contact_id
    left join hubspot_submitters
        on contacts.contact_id = hubspot_submitters.contact_id
    where
        not contacts.is_deleted
        and contacts.{{ which }}_conversion_at is not null
        and hubspot_people.contact_id is null
        and hubspot_submitters.contact_id is null
        {%- if which == 'recent' %}
        and contacts.recent_conversion_at is distinct from contacts.first_conversion_at
        {%- endif %}
    {% if not loop.last %}
    union all

    {% endif -%}
    {% endfor %}
),

hubspot as (

    select
        source_system,
        source_object,
        response_id,
        response_type,
        coalesce({{ record_key('hubspot', 'contact', 'contact_id') }}, email) as person_key,
        email,
        campaign_id,
        asset_id,
        asset_name,
        url,
        referrer,
        user_agent,
        responded_at,
        source_file
    from (
        select * from hubspot_submissions
        union all
        select * from hubspot_clicks
        union all
        select * from hubspot_conversions
    ) as hubspot_responses
    where responded_at is not null

)

select * from hubspot
