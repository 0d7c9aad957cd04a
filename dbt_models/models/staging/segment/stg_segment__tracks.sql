with

source as (

    select * from {{ source('raw_segment', 'tracks') }}

),

run_context as (

    select expand_short_ids from {{ ref('stg_reference__run_context') }}

),

consents as (

    {{ with_consent('segment') }}

),

renamed as (

    select
        -- ids
        id as event_id,
        {{ if_consented('anonymous_id') }} as anonymous_id,
        {{ if_consented(web_user_id('user_id')) }} as user_id,

        -- texts
        event as event_name,
        event_text,
        context_page_url as page_url,
        url,
        referrer,
        context_campaign_source as utm_source,
        context_campaign_medium as utm_medium,
        context_campaign_name as utm_campaign,
        context_campaign_id as utm_id,
        context_campaign_term as utm_term,
        context_campaign_content as utm_content,
        context_user_agent as user_agent,
        throughline_consent as consent_value,
        told_consent as consent,

        -- booleans
        _deleted_at is not null or coalesce(_deleted_by_loader, false) as is_deleted,

        -- dates and times
        timestamp as occurred_at,
        received_at,

        -- lineage
        'segment' as source_system,
        _file as source_file
    from consents
    cross join run_context

)

select * from renamed
