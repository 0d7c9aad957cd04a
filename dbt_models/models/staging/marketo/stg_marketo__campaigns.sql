with

source as (

    select * from {{ source('raw_marketo', 'campaigns') }}

),

renamed as (

    select
        -- ids
        id as smart_campaign_id,
        programId as program_id,

        -- texts
        name as smart_campaign_name,

        -- booleans
        _deleted_at is not null or coalesce(_deleted_by_loader, false) as is_deleted,

        -- lineage
        'marketo' as source_system,
        _file as source_file
    from source

)

select * from renamed
