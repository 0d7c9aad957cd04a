with

goals as (

    select
        person_id,
        'lead' as goal,
        created_at as reached_at
    from {{ ref('int_identity__persons') }}
    where is_lead

    union all

    select
        person_id,
        stage as goal,
        min(entered_at) as reached_at
    from {{ ref('int_lifecycle__transitions') }}
    where stage in ('mql', 'sql')
    group by person_id, stage

),

touches as (

    select
        touches.person_id,
        touches.touch_key,
        touches.occurred_at,
        coalesce(touches.occurred_from, touches.occurred_at) as occurred_from,
        touches.channel,
        touches.is_direct
    from {{ ref('int_touchpoints__touches') }} as touches
    where {{ is_marketing_touch('touches') }}

),

numbered as (

    select
        goals.person_id,
        goals.goal,
        coalesce(touches.occurred_at, goals.reached_at) as occurred_at,
        coalesce(touches.channel, 'unattributed') as channel,
        coalesce(touches.is_direct, false) as is_direct,
        row_number() over (
            partition by goals.person_id, goals.goal
            order by touches.occurred_at asc, touches.touch_key asc
        ) as touch_number,
        count(*) over (partition by goals.person_id, goals.goal) as touches
    from goals
    left join touches
        on
            goals.person_id = touches.person_id
            and goals.reached_at >= touches.occurred_from

),

placed as (

    select
        *,
        {{ company_month('occurred_at') }} as month,
        coalesce(
            max(case when not is_direct then touch_number end) over (partition by person_id, goal), touches
        ) as last_non_direct_number
    from numbered

),

people as (

    select
        month,
        channel,
        goal,
        count(case when touch_number = 1 then 1 end) as first_touches,
        count(case when touch_number = touches then 1 end) as last_touches,
        count(case when touch_number = last_non_direct_number then 1 end) as last_non_direct_touches,
        -- To twelve decimals and then summed exactly: no order of rows changes a digit.
        sum(cast(1 / cast(touches as double) as decimal(18, 12))) as even_shares
    from placed
    group by month, channel, goal

),

-- A stage on the way has neither an opportunity nor a close: whatever a model gives to the last touch before such a
-- timestamp falls on the last touch before the stage. The middle share, and methods without positions, spread evenly.
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
    from people
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
