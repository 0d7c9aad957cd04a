with

source as (

    select * from {{ source('raw_salesforce', 'event') }}

),

run_context as (

    select expand_short_ids from {{ ref('stg_reference__run_context') }}

),

renamed as (

    select
        -- ids
        {{ salesforce_id('Id') }} as event_id,
        {{ salesforce_id('WhoId') }} as who_id,
        {{ salesforce_id('WhatId') }} as what_id,
        {{ salesforce_id('OwnerId') }} as owner_id,
        {{ salesforce_id('CreatedById') }} as created_by_id,
        {{ salesforce_id('RecurrenceActivityId') }} as recurrence_activity_id,
        {{ salesforce_id('ActivityRecurrence2Id') }} as recurrence2_id,

        -- texts
        Subject as subject,
        Type as event_type,
        EventSubtype as event_subtype,
        GroupEventType as group_event_type,

        -- booleans
        coalesce(IsChild, false) as is_child,
        coalesce(IsRecurrence, false) as is_recurrence,
        IsAllDayEvent as is_all_day,
        coalesce(IsDeleted, false) or _deleted_at is not null or coalesce(_deleted_by_loader, false) as is_deleted,

        -- dates and times
        StartDateTime as started_at,
        ActivityDateTime as activity_at,
        EndDateTime as ended_at,
        ActivityDate as activity_date,
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
