with

source as (

    select * from {{ source('raw_content', 'shares') }}

),

run_context as (

    select expand_short_ids from {{ ref('stg_reference__run_context') }}

),

renamed as (

    select
        -- ids
        share_id,
        asset_id,
        {{ salesforce_id('opportunity_id') }} as opportunity_id,

        -- texts
        lower(trim(user_email)) as user_email,
        lower(trim(contact_email)) as contact_email,

        -- booleans
        _deleted_at is not null or coalesce(_deleted_by_loader, false) as is_deleted,

        -- dates and times
        shared_at,

        -- lineage
        'content' as source_system,
        _file as source_file
    from source
    cross join run_context

)

select * from renamed
