{{ config(materialized='table') }}

with

changes as (

    select
        record_id as deal_id,
        property,
        new_value,
        changed_at,
        changed_by_id
    from {{ ref('int_hubspot__property_changes') }}
    where record_type = 'deal' and property in ('dealstage', 'amount', 'closedate')

),

-- One row per timestamp at which anything of it changed.
moments as (

    select
        deal_id,
        changed_at,
        max(case when property = 'dealstage' then new_value end) as stage_id,
        max(case when property = 'amount' then try_cast(new_value as decimal(28, 6)) end) as amount,
        max(case when property = 'closedate' then {{ property_moment('new_value') }} end) as closed_at,
        coalesce(
            max(case when property = 'dealstage' then changed_by_id end),
            max(changed_by_id)
        ) as changed_by_id
    from changes
    group by deal_id, changed_at

),

carried as (

    select
        deal_id,
        changed_at,
        changed_by_id,
        last_value(stage_id ignore nulls) over so_far as stage_id,
        last_value(amount ignore nulls) over so_far as amount,
        last_value(closed_at ignore nulls) over so_far as closed_at,
        row_number() over (partition by deal_id order by changed_at asc) as state_number
    from moments
    window so_far as (
        partition by deal_id
        order by changed_at asc
        rows between unbounded preceding and current row
    )

)

select
    carried.deal_id,
    'hubspot:state:' || carried.deal_id || ':' || carried.state_number as history_id,
    coalesce(stages.stage_name, carried.stage_id) as stage_name,
    carried.amount,
    carried.closed_at,
    stages.probability * 100 as probability,
    carried.changed_by_id,
    carried.changed_at
from carried
left join {{ ref('int_hubspot__stages') }} as stages
    on carried.stage_id = stages.stage_id
where carried.stage_id is not null
