with

source as (

    select * from {{ source('audit', 'landing_coverage') }}

),

renamed as (

    select
        system,
        source_system,
        object as object_name,
        column_name,
        is_object_required,
        is_required,
        without_object,
        without_column,
        records,
        filled
    from source

)

select * from renamed
