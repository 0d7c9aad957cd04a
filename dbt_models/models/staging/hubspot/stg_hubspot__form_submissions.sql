with

source as (

    select * from {{ source('raw_hubspot', 'form_submissions') }}

),

renamed as (

    select
        -- ids
        conversion_id as submission_id,
        form_id,
        contact_id,

        -- texts
        lower(trim(email)) as email,
        page_url,
        title as page_title,

        -- booleans
        _deleted_at is not null or coalesce(_deleted_by_loader, false) as is_deleted,

        -- dates and times
        timestamp as submitted_at,

        -- lineage
        'hubspot' as source_system,
        _file as source_file
    from source

)

select * from renamed
