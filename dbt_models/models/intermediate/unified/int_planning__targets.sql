with

planning as (

    select
        source_system,
        metric,
        period_start,
        period_end,
        target,
        owner_email,
        cast(bonus_amount as decimal(18, 2)) as bonus_amount
    from {{ ref('stg_planning__targets') }}
    where not is_deleted

)

select * from planning
