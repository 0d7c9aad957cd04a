with

content as (

    select
        source_system,
        share_id,
        asset_id,
        user_email,
        contact_email,
        opportunity_id,
        shared_at,
        source_file
    from {{ ref('stg_content__shares') }}
    where not is_deleted

)

select * from content
