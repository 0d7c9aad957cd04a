with

source as (

    select * from {{ source('reference', 'teams') }}

),

run_context as (

    select expand_short_ids from {{ ref('stg_reference__run_context') }}

),

renamed as (

    select
        source.match_field,
        source.match_value,
        case
            when source.match_field in ('id', 'profile_id', 'user_role_id')
                then {{ salesforce_id('trim(source.match_value)') }}
            else lower(trim(source.match_value))
        end as pattern,
        source.team,
        source.position
    from source
    cross join run_context

)

select * from renamed
