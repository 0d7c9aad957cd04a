with

source as (

    select * from {{ source('raw_marketo', 'program_membership') }}

),

renamed as (

    select
        -- ids
        programId as program_id,
        leadId as lead_id,

        -- texts
        progressionStatus as status,

        -- booleans
        reachedSuccess as is_success,
        _deleted_at is not null or coalesce(_deleted_by_loader, false) as is_deleted,

        -- dates and times
        reachedSuccessDate as succeeded_at,
        membershipDate as joined_at,
        LastModifiedDate as last_modified_at,

        -- lineage
        'marketo' as source_system,
        _file as source_file
    from source

)

select * from renamed
