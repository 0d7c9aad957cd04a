with

segment as (

    select
        source_system,
        identify_id,
        anonymous_id,
        user_id,
        email,
        identified_at
    from {{ ref('stg_segment__identifies') }}
    where not is_deleted

)

select * from segment
