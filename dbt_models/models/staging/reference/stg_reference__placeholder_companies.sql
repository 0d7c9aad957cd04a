with

source as (

    select * from {{ source('reference', 'placeholder_companies') }}

),

renamed as (

    select {{ normalised_company_name('value') }} as value
    from source

)

select distinct value from renamed
where value is not null
