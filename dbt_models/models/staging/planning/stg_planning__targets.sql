with

source as (

    select * from {{ source('raw_planning', 'targets') }}

),

renamed as (

    select
        -- texts
        metric,
        lower(trim(owner_email)) as owner_email,

        -- numbers
        target,
        bonus_amount,

        -- booleans
        _deleted_at is not null or coalesce(_deleted_by_loader, false) as is_deleted,

        -- dates and times
        period_start,
        period_end,

        -- lineage
        'planning' as source_system,
        _file as source_file
    from source

)

select * from renamed
