with

source as (

    select * from {{ source('audit', 'kept_publications') }}

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
        touch_definitions_fingerprint,
        reporting_currency,
        report_model,
        creation_run,
        is_published
    from source

)

select * from renamed
