with

source as (

    select * from {{ source('raw_hubspot', 'companies') }}

),

renamed as (

    select
        -- ids
        id as company_id,
        hs_parent_company_id as parent_id,
        hubspot_owner_id as owner_id,
        hs_object_source_id as creation_source_id,
        hs_object_source_user_id as creation_user_id,
        hs_created_by_user_id as created_by_user_id,

        -- texts
        name as company_name,
        domain,
        website,
        industry,
        country,
        type as company_type,
        hs_object_source as creation_source,
        hs_object_source_detail_1 as creation_detail,
        hs_merged_object_ids as merged_ids,

        -- numbers
        numberofemployees as number_of_employees,

        -- booleans
        _deleted_at is not null or coalesce(_deleted_by_loader, false) as is_deleted,

        -- dates and times
        createdate as created_at,
        LastModifiedDate as last_modified_at,

        -- lineage
        'hubspot' as source_system,
        _file as source_file
    from source

)

select * from renamed
