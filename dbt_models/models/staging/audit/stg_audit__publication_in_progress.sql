with

source as (

    select * from {{ source('audit', 'publication_in_progress') }}

),

renamed as (

    select
        publication_number,
        publication_id,
        previous_number,
        is_sample,
        as_of,
        known_until,
        files_fingerprint,
        reference_fingerprint,
        code_fingerprint,
        definitions_fingerprint,
        people_reference_fingerprint,
        people_definitions_fingerprint,
        touch_reference_fingerprint,
        touch_definitions_fingerprint
    from source

)

select * from renamed
