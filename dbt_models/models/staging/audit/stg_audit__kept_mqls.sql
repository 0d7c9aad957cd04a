with

source as (

    select * from {{ source('audit', 'kept_mqls') }}

),

renamed as (

    select
        person_id,
        cohort_month,
        mqls,
        newest_run_number,
        valid_from,
        valid_to
    from source

)

select * from renamed
