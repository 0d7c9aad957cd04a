with

source as (

    select * from {{ source('raw_rudderstack', 'identifies') }}

),

run_context as (

    select expand_short_ids from {{ ref('stg_reference__run_context') }}

),

consents as (

    {{ with_consent('rudderstack') }}

),

renamed as (

    select
        -- ids
        id as identify_id,
        {{ if_consented('anonymous_id') }} as anonymous_id,
        {{ if_consented(web_user_id('user_id')) }} as user_id,

        -- texts
        {{ if_consented('lower(trim(coalesce(email, context_traits_email)))') }} as email,
        throughline_consent as consent_value,
        told_consent as consent,

        -- booleans
        _deleted_at is not null or coalesce(_deleted_by_loader, false) as is_deleted,

        -- dates and times
        coalesce(timestamp, original_timestamp) as identified_at,
        received_at,

        -- lineage
        'rudderstack' as source_system,
        _file as source_file
    from consents
    cross join run_context

)

select * from renamed
