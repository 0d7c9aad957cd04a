with

source as (

    select * from {{ source('raw_hubspot', 'contact_merges') }}

),

renamed as (

    select
        -- ids
        canonical_vid as contact_id,
        vid_to_merge as merged_id,

        -- booleans
        _deleted_at is not null or coalesce(_deleted_by_loader, false) as is_deleted,

        -- lineage
        'hubspot' as source_system,
        _file as source_file
    from source

)

select * from renamed
