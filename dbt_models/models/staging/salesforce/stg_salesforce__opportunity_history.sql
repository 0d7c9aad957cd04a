with

source as (

    select * from {{ source('raw_salesforce', 'opportunity_history') }}

),

run_context as (

    select expand_short_ids from {{ ref('stg_reference__run_context') }}

),

renamed as (

    select
        -- ids
        {{ salesforce_id('Id') }} as history_id,
        {{ salesforce_id('OpportunityId') }} as opportunity_id,
        {{ salesforce_id('CreatedById') }} as changed_by_id,

        -- texts
        StageName as stage_name,
        upper(trim(CurrencyIsoCode)) as currency,
        ForecastCategory as forecast_category,

        -- numbers
        Amount as amount,
        Probability as probability,

        -- booleans
        coalesce(IsDeleted, false) or _deleted_at is not null or coalesce(_deleted_by_loader, false) as is_deleted,

        -- dates and times
        CloseDate as close_date,
        CreatedDate as changed_at,
        SystemModstamp as system_modstamp,

        -- lineage
        'salesforce' as source_system,
        _file as source_file
    from source
    cross join run_context

)

select * from renamed
