with

source as (

    select * from {{ source('audit', 'kept_targets') }}

),

renamed as (

    select
        target_id,
        source_system,
        metric,
        period_start,
        period_end,
        owner_email,
        target,
        bonus_amount,
        valid_from,
        valid_to
    from source

)

select * from renamed
