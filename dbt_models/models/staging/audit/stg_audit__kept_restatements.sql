with

source as (

    select * from {{ source('audit', 'kept_restatements') }}

),

renamed as (

    select
        publication_number,
        figure,
        report_month,
        member,
        cause,
        subject_type,
        subject_id,
        change_amount,
        evidence,
        previous_amount,
        current_amount
    from source

)

select * from renamed
