with

run_context as (

    select {{ company_date('as_of') }} as as_of_date
    from {{ ref('stg_reference__run_context') }}

)

select
    targets.target_id,
    targets.source_system,
    targets.metric,
    targets.period_start,
    targets.period_end,
    targets.target,
    targets.bonus_amount,
    owners.user_id as owner_user_id,
    coalesce(owners.user_name, 'unknown') as owner,
    run_context.as_of_date,
    -- A period is over on its last day.
    case
        when targets.period_end <= run_context.as_of_date then 'over'
        when targets.period_start <= run_context.as_of_date then 'running'
        else 'ahead'
    end as period_state
from {{ ref('int_sealing__targets') }} as targets
cross join run_context
left join {{ ref('int_identity__user_emails') }} as owners
    on targets.owner_email = owners.email
