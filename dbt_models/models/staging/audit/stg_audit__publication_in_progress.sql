with

source as (

    select * from {{ source('audit', 'publication_in_progress') }}

),

renamed as (

    select
        publication_number,
        publication_id,
        previous_number,
        as_of,
        known_until,
        files_fingerprint,
        reference_fingerprint,
        code_fingerprint,
        definitions_fingerprint
    from source

)

select * from renamed
