with

segment as (

    select
        source_system,
        identify_id,
        anonymous_id,
        user_id,
        email,
        {{ has_wrong_clock('identified_at', 'received_at') }} as is_received_time,
        {{ tracked_at('identified_at', 'received_at') }} as identified_at
    from {{ ref('stg_segment__identifies') }}
    where not is_deleted

)

select * from segment
