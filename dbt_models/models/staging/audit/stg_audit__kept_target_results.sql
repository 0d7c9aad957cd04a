with

source as (

    select * from {{ source('audit', 'kept_target_results') }}

),

renamed as (

    select
        target_id,
        target,
        bonus_amount,
        delivered,
        verified,
        evidence_units,
        verdict,
        evidence,
        valid_from,
        valid_to
    from source

)

select * from renamed
