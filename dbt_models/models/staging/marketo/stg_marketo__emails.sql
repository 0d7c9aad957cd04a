with

source as (

    select * from {{ source('raw_marketo', 'emails') }}

),

renamed as (

    select
        -- ids
        id as email_id,
        programId as program_id,

        -- booleans
        _deleted_at is not null or coalesce(_deleted_by_loader, false) as is_deleted,

        -- numbers
        version,

        -- dates and times
        LastModifiedDate as last_modified_at,

        -- lineage
        'marketo' as source_system,
        _file as source_file
    from source

)

select * from renamed
