with

source as (

    select * from {{ source('raw_salesforce', 'contact') }}

),

run_context as (

    select expand_short_ids from {{ ref('stg_reference__run_context') }}

),

renamed as (

    select
        -- ids
        {{ salesforce_id('Id') }} as contact_id,
        {{ salesforce_id('AccountId') }} as account_id,
        {{ salesforce_id('OwnerId') }} as owner_id,
        {{ salesforce_id('CreatedById') }} as created_by_id,
        {{ salesforce_id('MasterRecordId') }} as master_record_id,

        -- texts
        lower(trim(Email)) as email,
        FirstName as first_name,
        LastName as last_name,
        Name as contact_name,
        Title as title,
        LeadSource as lead_source,

        -- booleans
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
