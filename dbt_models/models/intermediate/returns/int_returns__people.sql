with

-- A stage on the way has neither an opportunity nor a close: whatever a model gives to the last touch before such a
-- moment falls on the last touch before the stage. The middle share, and methods without positions, spread evenly.
models as (

    select
        model,
        method = 'last_non_direct' as is_last_non_direct,
        case when method = 'positions' then coalesce(first_touch, 0) else 0 end as first_share,
        case
            when method = 'last_non_direct' then 100
            when method = 'positions'
                then coalesce(lead_creation, 0) + coalesce(opportunity_creation, 0) + coalesce(close, 0)
            else 0
        end as last_share,
        case
            when method = 'last_non_direct' then 0
            when method = 'positions' then coalesce(middle, 0)
            else 100
        end as even_share
    from {{ ref('stg_reference__attribution_models') }}
    where enabled

),

shares as (

    select
        people.month,
        people.channel,
        models.model,
        people.goal,
        (
            models.first_share * people.first_touches
            + models.last_share * case
                when models.is_last_non_direct then people.last_non_direct_touches else people.last_touches
            end
            + models.even_share * people.even_shares
        ) * cast(0.01 as decimal(3, 2)) as people
    from {{ ref('int_returns__people_by_touch') }} as people
    cross join models

)

select
    month,
    channel,
    model,
    sum(case when goal = 'lead' then people else 0 end) as leads,
    sum(case when goal = 'mql' then people else 0 end) as mqls,
    sum(case when goal = 'sql' then people else 0 end) as sqls
from shares
group by month, channel, model
