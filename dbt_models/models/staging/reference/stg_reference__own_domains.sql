with

source as (

    select * from {{ source('reference', 'own_domains') }}

),

renamed as (

    select regexp_replace(lower(trim(domain)), '^www[.]', '') as domain
    from source

)

select distinct domain from renamed
where domain is not null
