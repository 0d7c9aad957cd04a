with

source as (

    select * from {{ source('raw_salesforce', 'opportunity_contact_role') }}

),

run_context as (

    select expand_short_ids from {{ ref('stg_reference__run_context') }}

),

renamed as (

    select
        -- ids
        {{ salesforce_id('Id') }} as contact_role_id,
        {{ salesforce_id('OpportunityId') }} as opportunity_id,
        {{ salesforce_id('ContactId') }} as contact_id,
        {{ salesforce_id('CreatedById') }} as created_by_id,

        -- texts
        Role as role,

        -- booleans
        IsPrimary as is_primary,
        coalesce(IsDeleted, false) or _deleted_at is not null or coalesce(_deleted_by_loader, false) as is_deleted,

        -- dates and times
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
