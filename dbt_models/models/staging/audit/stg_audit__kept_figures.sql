with

source as (

    select * from {{ source('audit', 'kept_figures') }}

),

renamed as (

    select
        figure,
        report_month,
        member,
        model,
        amount,
        valid_from,
        valid_to
    from source

)

select * from renamed
