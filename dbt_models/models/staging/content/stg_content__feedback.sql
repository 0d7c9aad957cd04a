with

source as (

    select * from {{ source('raw_content', 'feedback') }}

),

renamed as (

    select
        -- ids
        asset_id,

        -- texts
        lower(trim(user_email)) as user_email,
        comment,

        -- numbers
        rating,

        -- booleans
        _deleted_at is not null or coalesce(_deleted_by_loader, false) as is_deleted,

        -- dates and times
        given_at,

        -- lineage
        'content' as source_system,
        _file as source_file
    from source

)

select * from renamed
