with

source as (

    select * from {{ source('raw_rudderstack', 'identifies') }}

),

run_context as (

    select expand_short_ids from {{ ref('stg_reference__run_context') }}

),

renamed as (

    select
        -- ids
        id as identify_id,
        anonymous_id,
        {{ web_user_id('user_id') }} as user_id,

        -- texts
        lower(trim(coalesce(email, context_traits_email))) as email,

        -- booleans
        _deleted_at is not null or coalesce(_deleted_by_loader, false) as is_deleted,

        -- dates and times
        coalesce(timestamp, original_timestamp) as identified_at,
        received_at,

        -- lineage
        'rudderstack' as source_system,
        _file as source_file
    from source
    cross join run_context

)

select * from renamed
