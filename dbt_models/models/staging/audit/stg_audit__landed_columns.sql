with

source as (

    select * from {{ source('audit', 'landed_columns') }}

),

renamed as (

    select
        source_system,
        object as object_name,
        file as file_name,
        column_name,
        delivered_as,
        matched_by
    from source

)

select * from renamed
