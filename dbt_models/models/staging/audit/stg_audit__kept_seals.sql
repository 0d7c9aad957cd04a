with

source as (

    select * from {{ source('audit', 'kept_seals') }}

),

renamed as (

    select
        month,
        sealed_at,
        publication_number,
        is_sample,
        sealed_by
    from source

)

select * from renamed
