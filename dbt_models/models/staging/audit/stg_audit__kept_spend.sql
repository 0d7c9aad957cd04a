with

source as (

    select * from {{ source('audit', 'kept_spend') }}

),

renamed as (

    select
        spend_key,
        source_system,
        campaign_id,
        spend_month,
        channel,
        cost_original,
        cost,
        valid_from,
        valid_to
    from source

)

select * from renamed
