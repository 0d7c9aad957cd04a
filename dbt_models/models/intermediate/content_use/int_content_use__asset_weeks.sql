with

uses as (

    select
        *,
        {{ company_week('used_at') }} as week
    from {{ ref('int_content_use__uses') }}

),

goals as (

    select
        person_id,
        created_at as reached_at,
        'lead' as goal
    from {{ ref('int_identity__persons') }}
    where is_lead

    union all

    select
        person_id,
        min(entered_at) as reached_at,
        'mql' as goal
    from {{ ref('int_lifecycle__transitions') }}
    where stage = 'mql'
    group by person_id

),

visits as (

    select
        week,
        asset_id,
        count(distinct case when use_type = 'visit' then touch_key end) as visits,
        count(distinct case when use_type = 'visit' then person_id end) as visitors,
        count(distinct person_id) as people
    from uses
    group by week, asset_id

),

-- In the same week and not before the use, so that a week's figures stand once it is over.
reached as (

    select
        uses.week,
        uses.asset_id,
        count(distinct case when goals.goal = 'lead' then uses.person_id end) as leads,
        count(distinct case when goals.goal = 'mql' then uses.person_id end) as mqls
    from uses
    inner join goals
        on
            uses.person_id = goals.person_id
            and coalesce(uses.used_from, uses.used_at) <= goals.reached_at
            and uses.week = {{ company_week('goals.reached_at') }}
    group by uses.week, uses.asset_id

),

touch_credit as (

    select
        {{ company_week('used_at') }} as week,
        asset_id,
        won_amount
    from {{ ref('int_content_use__touch_credit') }}
    where model = {{ run_setting('report_model') }}

),

credit as (

    select
        week,
        asset_id,
        sum(won_amount) as attributed_amount
    from touch_credit
    group by week, asset_id

)

select
    visits.week,
    visits.asset_id,
    visits.visits,
    visits.visitors,
    visits.people,
    coalesce(reached.leads, 0) as leads,
    coalesce(reached.mqls, 0) as mqls,
    coalesce(credit.attributed_amount, 0) as attributed_amount
from visits
left join reached
    on
        visits.week = reached.week
        and visits.asset_id = reached.asset_id
left join credit
    on
        visits.week = credit.week
        and visits.asset_id = credit.asset_id
