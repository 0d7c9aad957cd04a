with

source as (

    select * from {{ source('reference', 'attribution_models') }}

),

renamed as (

    select
        model,
        method,
        first_touch,
        lead_creation,
        opportunity_creation,
        close,
        middle,
        half_life_days,
        lookback_days,
        lookback_anchor,
        include_sales_activity,
        enabled
    from source

)

select * from renamed
