with

source as (

    select * from {{ source('audit', 'kept_mqls') }}

),

renamed as (

    select
        source_system,
        lead_id,
        person_id,
        cohort_month,
        mqls,
        first_run_number,
        valid_from,
        valid_to
    from source

)

select * from renamed
