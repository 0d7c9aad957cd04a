with

source as (

    select * from {{ source('raw_hubspot', 'marketing_campaigns') }}

),

renamed as (

    select
        -- ids
        id as campaign_id,
        hubspot_owner_id as owner_id,

        -- texts
        hs_name as campaign_name,
        hs_campaign_status as status,
        hs_currency_code as currency,

        -- numbers
        hs_budget_items_sum_amount as budgeted_cost,
        hs_spend_items_sum_amount as actual_cost,

        -- booleans
        _deleted_at is not null or coalesce(_deleted_by_loader, false) as is_deleted,

        -- dates and times
        hs_start_date as start_date,
        hs_end_date as end_date,
        hs_createdate as created_at,

        -- lineage
        'hubspot' as source_system,
        _file as source_file
    from source

)

select * from renamed
