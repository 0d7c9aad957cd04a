with

planning as (

    select
        source_system,
        activity_id,
        activity_name,
        channel,
        campaign,
        start_date,
        end_date,
        cast(cost as decimal(18, 2)) as cost_original,
        currency
    from {{ ref('stg_planning__brand_activities') }}
    where not is_deleted

)

select * from planning
