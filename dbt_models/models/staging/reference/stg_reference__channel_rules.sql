with

source as (

    select * from {{ source('reference', 'channel_rules') }}

),

renamed as (

    select
        priority,
        source,
        medium,
        referrer_domain,
        campaign_type,
        channel
    from source

)

select * from renamed
