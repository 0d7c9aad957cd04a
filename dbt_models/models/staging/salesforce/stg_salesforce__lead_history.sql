with

source as (

    select * from {{ source('raw_salesforce', 'lead_history') }}

),

run_context as (

    select expand_short_ids from {{ ref('stg_reference__run_context') }}

),

renamed as (

    select
        -- ids
        {{ salesforce_id('Id') }} as history_id,
        {{ salesforce_id('LeadId') }} as lead_id,
        {{ salesforce_id('CreatedById') }} as changed_by_id,

        -- texts
        Field as field,
        OldValue as old_value,
        NewValue as new_value,

        -- booleans
        coalesce(IsDeleted, false) or _deleted_at is not null or coalesce(_deleted_by_loader, false) as is_deleted,

        -- dates and times
        CreatedDate as changed_at,

        -- lineage
        'salesforce' as source_system,
        _file as source_file
    from source
    cross join run_context

)

select * from renamed
