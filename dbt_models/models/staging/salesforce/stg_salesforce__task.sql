with

source as (

    select * from {{ source('raw_salesforce', 'task') }}

),

run_context as (

    select expand_short_ids from {{ ref('stg_reference__run_context') }}

),

renamed as (

    select
        -- ids
        {{ salesforce_id('Id') }} as task_id,
        {{ salesforce_id('WhoId') }} as who_id,
        {{ salesforce_id('WhatId') }} as what_id,
        {{ salesforce_id('OwnerId') }} as owner_id,
        {{ salesforce_id('CreatedById') }} as created_by_id,
        {{ salesforce_id('LastModifiedById') }} as last_modified_by_id,
        {{ salesforce_id('RecurrenceActivityId') }} as recurrence_activity_id,

        -- texts
        Subject as subject,
        Type as task_type,
        TaskSubtype as task_subtype,
        CallType as call_type,
        CallDisposition as call_disposition,
        Status as status,

        -- numbers
        CallDurationInSeconds as call_seconds,

        -- booleans
        IsClosed as is_closed,
        coalesce(IsRecurrence, false) as is_recurrence,
        coalesce(IsDeleted, false) or _deleted_at is not null or coalesce(_deleted_by_loader, false) as is_deleted,

        -- dates and times
        ActivityDate as activity_date,
        CompletedDateTime as completed_at,
        CreatedDate as created_at,
        LastModifiedDate as last_modified_at,
        SystemModstamp as system_modstamp,

        -- lineage
        'salesforce' as source_system,
        _file as source_file
    from source
    cross join run_context

)

select * from renamed
