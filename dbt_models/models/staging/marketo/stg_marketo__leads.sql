with

source as (

    select * from {{ source('raw_marketo', 'leads') }}

),

run_context as (

    select expand_short_ids from {{ ref('stg_reference__run_context') }}

),

renamed as (

    select
        -- ids
        id as lead_id,
        {{ salesforce_id('sfdcLeadId') }} as salesforce_lead_id,
        {{ salesforce_id('sfdcContactId') }} as salesforce_contact_id,

        -- texts
        lower(trim(email)) as email,
        firstName as first_name,
        lastName as last_name,
        title,
        company,
        website,
        country,
        leadSource as lead_source,
        leadStatus as status,
        originalSourceType as original_source_type,
        originalSourceInfo as original_source_info,
        registrationSourceType as registration_source_type,
        registrationSourceInfo as registration_source_info,

        -- booleans
        isAnonymous as is_anonymous,
        _deleted_at is not null or coalesce(_deleted_by_loader, false) as is_deleted,

        -- dates and times
        createdAt as created_at,
        LastModifiedDate as last_modified_at,

        -- lineage
        'marketo' as source_system,
        _file as source_file
    from source
    cross join run_context

)

select * from renamed
