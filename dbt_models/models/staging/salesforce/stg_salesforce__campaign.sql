with

source as (

    select * from {{ source('raw_salesforce', 'campaign') }}

),

run_context as (

    select expand_short_ids from {{ ref('stg_reference__run_context') }}

),

renamed as (

    select
        -- ids
        {{ salesforce_id('Id') }} as campaign_id,
        {{ salesforce_id('ParentId') }} as parent_id,
        {{ salesforce_id('OwnerId') }} as owner_id,
        {{ salesforce_id('CreatedById') }} as created_by_id,

        -- texts
        Name as campaign_name,
        Type as campaign_type,
        Status as status,
        upper(trim(CurrencyIsoCode)) as currency,

        -- numbers
        BudgetedCost as budgeted_cost,
        ActualCost as actual_cost,

        -- booleans
        IsActive as is_active,
        coalesce(IsDeleted, false) or _deleted_at is not null or coalesce(_deleted_by_loader, false) as is_deleted,

        -- dates and times
        StartDate as start_date,
        EndDate as end_date,
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
