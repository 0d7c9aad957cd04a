with

source as (

    select * from {{ source('raw_salesforce', 'opportunity') }}

),

run_context as (

    select expand_short_ids from {{ ref('stg_reference__run_context') }}

),

renamed as (

    select
        -- ids
        {{ salesforce_id('Id') }} as opportunity_id,
        {{ salesforce_id('AccountId') }} as account_id,
        {{ salesforce_id('CampaignId') }} as campaign_id,
        {{ salesforce_id('ContactId') }} as primary_contact_id,
        {{ salesforce_id('OwnerId') }} as owner_id,
        {{ salesforce_id('CreatedById') }} as created_by_id,

        -- texts
        Name as opportunity_name,
        StageName as stage_name,
        Type as crm_type,
        upper(trim(CurrencyIsoCode)) as currency,
        ForecastCategory as forecast_category,
        LeadSource as lead_source,

        -- numbers
        Amount as amount,
        Probability as probability,

        -- booleans
        IsClosed as is_closed,
        IsWon as is_won,
        coalesce(IsDeleted, false) or _deleted_at is not null or coalesce(_deleted_by_loader, false) as is_deleted,

        -- dates and times
        CloseDate as close_date,
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
