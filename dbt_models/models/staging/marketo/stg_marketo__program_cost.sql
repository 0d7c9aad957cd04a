with

source as (

    select * from {{ source('raw_marketo', 'program_cost') }}

),

renamed as (

    select
        -- ids
        programId as program_id,

        -- booleans
        _deleted_at is not null or coalesce(_deleted_by_loader, false) as is_deleted,

        -- numbers
        cost,

        -- dates and times
        cast(startDate as date) as period_start,

        -- lineage
        'marketo' as source_system,
        _file as source_file
    from source

)

select * from renamed
