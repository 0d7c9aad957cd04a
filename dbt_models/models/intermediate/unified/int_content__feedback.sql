with

content as (

    select
        source_system,
        asset_id,
        user_email,
        given_at,
        rating,
        comment
    from {{ ref('stg_content__feedback') }}
    where not is_deleted

)

select * from content
