with

source as (

    select * from {{ source('raw_planning', 'portfolios') }}

),

run_context as (

    select expand_short_ids from {{ ref('stg_reference__run_context') }}

),

renamed as (

    select
        -- ids
        {{ salesforce_id('account_id') }} as account_id,

        -- texts
        lower(trim(owner_email)) as owner_email,
        team,

        -- booleans
        _deleted_at is not null or coalesce(_deleted_by_loader, false) as is_deleted,

        -- dates and times
        valid_from,
        valid_to,

        -- lineage
        'planning' as source_system,
        _file as source_file
    from source
    cross join run_context

)

select * from renamed
