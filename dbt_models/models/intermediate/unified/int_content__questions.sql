with

content as (

    select
        source_system,
        question_id,
        asset_id,
        user_email,
        question,
        topic,
        persona,
        asked_at,
        answered_at
    from {{ ref('stg_content__questions') }}
    where not is_deleted

)

select * from content
