with

source as (

    select * from {{ source('raw_salesforce', 'campaign_member') }}

),

run_context as (

    select expand_short_ids from {{ ref('stg_reference__run_context') }}

),

renamed as (

    select
        -- ids
        {{ salesforce_id('Id') }} as campaign_member_id,
        {{ salesforce_id('CampaignId') }} as campaign_id,
        {{ salesforce_id('LeadId') }} as lead_id,
        {{ salesforce_id('ContactId') }} as contact_id,
        {{ salesforce_id('CreatedById') }} as created_by_id,

        -- texts
        Status as status,

        -- booleans
        HasResponded as has_responded,
        coalesce(IsDeleted, false) or _deleted_at is not null or coalesce(_deleted_by_loader, false) as is_deleted,

        -- dates and times
        FirstRespondedDate as first_responded_at,
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
