with

source as (

    select * from {{ source('raw_microsoft_ads', 'daily_spend') }}

),

renamed as (

    select
        -- ids
        account_id as ad_account_id,
        campaign_id,

        -- texts
        campaign_name,
        upper(trim(currency)) as currency,

        -- numbers
        cost,
        impressions,
        clicks,

        -- booleans
        _deleted_at is not null or coalesce(_deleted_by_loader, false) as is_deleted,

        -- dates and times
        date as spend_date,

        -- lineage
        'microsoft_ads' as source_system,
        _file as source_file
    from source

)

select * from renamed
