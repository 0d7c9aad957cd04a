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
        source_system as campaign_system,
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

),

marketo_forms as (

    {{ marketo_activities('fill_out_form', 2, ['query_parameters', 'referrer', 'user_agent']) | indent(4) }}

),

marketo_clicks as (

    {{ marketo_activities('click_email', 11, ['link', 'is_bot_activity', 'user_agent']) | indent(4) }}

),

marketo_emails as (

    select
        email_id,
        program_id
    from {{ ref('stg_marketo__emails') }}
    where program_id is not null
    qualify
        row_number() over (
            partition by email_id
            order by last_modified_at desc nulls last, version desc nulls last, program_id asc
        ) = 1

),

-- Of a form Marketo keeps the address that it was filled on as that of the page before. Mail gateways that click are
-- machines, and Marketo says so.
marketo_activities as (

    select
        source_object,
        activity_id,
        'form_fill' as response_type,
        lead_id,
        smart_campaign_id,
        asset_id,
        cast(null as {{ dbt.type_string() }}) as email_id,
        asset_name,
        {{ marketo_page('referrer', 'query_parameters') }} as url,
        user_agent,
        happened_at,
        source_file
    from marketo_forms

    union all

    select
        source_object,
        activity_id,
        'email_click' as response_type,
        lead_id,
        smart_campaign_id,
        asset_id,
        asset_id as email_id,
        asset_name,
        link as url,
        user_agent,
        happened_at,
        source_file
    from marketo_clicks
    where not coalesce(is_bot_activity, false)

),

marketo as (

    select
        'marketo' as source_system,
        activities.source_object,
        activities.activity_id as response_id,
        activities.response_type,
        {{ record_key('marketo', 'lead', 'coalesce(people.survivor_id, activities.lead_id)') }} as person_key,
        cast(null as {{ dbt.type_string() }}) as email,
        programs.campaign_system,
        programs.campaign_id,
        activities.asset_id,
        activities.asset_name,
        activities.url,
        cast(null as {{ dbt.type_string() }}) as referrer,
        activities.user_agent,
        activities.happened_at as responded_at,
        activities.source_file
    from marketo_activities as activities
    left join {{ ref('int_marketo__merged_ids') }} as people
        on activities.lead_id = people.lead_id
    left join {{ ref('stg_marketo__campaigns') }} as smart_campaigns
        on activities.smart_campaign_id = smart_campaigns.smart_campaign_id
    left join marketo_emails
        on activities.email_id = marketo_emails.email_id
    left join {{ ref('int_marketo__programs') }} as programs
        on coalesce(smart_campaigns.program_id, marketo_emails.program_id) = programs.program_id

),

unioned as (

    select * from hubspot
    union all
    select * from marketo

)

select * from unioned
