with

planning as (

    select
        source_system,
        account_id,
        owner_email,
        team,
        valid_from,
        valid_to
    from {{ ref('stg_planning__portfolios') }}
    where not is_deleted

)

select * from planning
