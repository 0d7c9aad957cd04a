with

source as (

    select * from {{ source('raw_marketo', 'programs') }}

),

run_context as (

    select expand_short_ids from {{ ref('stg_reference__run_context') }}

),

renamed as (

    select
        -- ids
        id as program_id,
        {{ salesforce_id('sfdcId') }} as salesforce_campaign_id,

        -- texts
        name as program_name,
        type as program_type,
        channel,
        status,
        costs,

        -- booleans
        _deleted_at is not null or coalesce(_deleted_by_loader, false) as is_deleted,

        -- dates and times
        startDate as started_at,
        endDate as ended_at,
        createdAt as created_at,

        -- lineage
        'marketo' as source_system,
        _file as source_file
    from source
    cross join run_context

)

select * from renamed
