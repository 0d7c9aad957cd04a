with

content as (

    select
        source_system,
        share_id,
        asset_id,
        user_email,
        contact_email,
        opportunity_id,
        {{ earliest_moment('shared_at') }} as shared_at,
        case when {{ has_time('shared_at') }} then 'timestamp' else 'date' end as shared_at_precision,
        {{ latest_moment('shared_at') }} as shared_until,
        source_file
    from {{ ref('stg_content__shares') }}
    where not is_deleted

)

select * from content
