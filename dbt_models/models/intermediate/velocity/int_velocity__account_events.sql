with

run_context as (

    select as_of from {{ ref('stg_reference__run_context') }}

),

account_survivors as (

    select * from {{ ref('int_accounts__survivors') }}

),

person_accounts as (

    select * from {{ ref('int_identity__person_accounts') }}
    where account_id is not null

),

stages as (

    select
        person_accounts.account_id,
        transitions.stage as event_type,
        transitions.entered_at as occurred_at,
        cast(0 as decimal(18, 2)) as amount
    from {{ ref('int_lifecycle__transitions') }} as transitions
    inner join person_accounts
        on transitions.person_id = person_accounts.person_id
    where transitions.stage in ('mql', 'sql')

),

sales_work as (

    select
        person_accounts.account_id,
        'sales_action' as event_type,
        actions.acted_at as occurred_at,
        cast(0 as decimal(18, 2)) as amount
    from {{ ref('int_lifecycle__sales_actions') }} as actions
    inner join person_accounts
        on actions.person_id = person_accounts.person_id

),

marketing_work as (

    select
        touches.account_id,
        'marketing_touch' as event_type,
        touches.occurred_at,
        cast(0 as decimal(18, 2)) as amount
    from {{ ref('int_touchpoints__touches') }} as touches
    where touches.account_id is not null and {{ is_marketing_touch('touches') }}

),

deals as (

    select
        coalesce(account_survivors.live_account_id, opportunities.account_id) as account_id,
        opportunities.created_at,
        opportunities.close_date,
        opportunities.outcome,
        opportunities.amount
    from {{ ref('int_revenue__opportunities') }} as opportunities
    left join account_survivors
        on
            opportunities.source_system = account_survivors.source_system
            and opportunities.account_id = account_survivors.account_id
    where opportunities.account_id is not null

),

moments as (

    select * from stages
    union all
    select * from sales_work
    union all
    select * from marketing_work
    union all
    select
        account_id,
        'opportunity' as event_type,
        created_at as occurred_at,
        amount
    from deals

),

dated as (

    select
        moments.account_id,
        moments.event_type,
        {{ company_date('moments.occurred_at') }} as event_date,
        moments.amount
    from moments
    cross join run_context
    where moments.occurred_at <= run_context.as_of

    union all

    select
        account_id,
        'won' as event_type,
        close_date as event_date,
        amount
    from deals
    where outcome = 'won'

)

select
    account_id,
    event_type,
    event_date,
    cast(count(*) as bigint) as events,
    cast(sum(amount) as decimal(18, 2)) as amount
from dated
group by account_id, event_type, event_date
