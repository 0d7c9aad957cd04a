with

source as (

    select * from {{ source('raw_planning', 'brand_activities') }}

),

renamed as (

    select
        -- ids
        activity_id,

        -- texts
        name as activity_name,
        channel,
        campaign,
        upper(trim(currency)) as currency,

        -- numbers
        cost,

        -- booleans
        _deleted_at is not null or coalesce(_deleted_by_loader, false) as is_deleted,

        -- dates and times
        start_date,
        end_date,

        -- lineage
        'planning' as source_system,
        _file as source_file
    from source

)

select * from renamed
