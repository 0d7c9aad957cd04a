with

account_survivors as (

    select * from {{ ref('int_accounts__survivors') }}

),

-- What closed business tells of a customer: every win, and every renewal that was lost.
closed_deals as (

    select
        opportunities.source_system,
        coalesce(account_survivors.live_account_id, opportunities.account_id) as account_id,
        opportunities.opportunity_id,
        opportunities.opportunity_type,
        opportunities.outcome,
        opportunities.amount,
        opportunities.closed_at,
        opportunities.close_date
    from {{ ref('int_revenue__opportunities') }} as opportunities
    left join account_survivors
        on
            opportunities.source_system = account_survivors.source_system
            and opportunities.account_id = account_survivors.account_id
    where
        opportunities.account_id is not null
        and (
            opportunities.outcome = 'won'
            or (opportunities.outcome = 'lost' and opportunities.opportunity_type = 'renewal')
        )

),

numbered as (

    select
        *,
        row_number() over (
            partition by source_system, account_id
            order by close_date asc, closed_at asc, opportunity_id asc
        ) as deal_number
    from closed_deals

),

with_previous as (

    select
        *,
        lag(outcome) over (partition by source_system, account_id order by deal_number asc) as previous_outcome
    from numbered

),

-- A customer can be lost once: a further lost renewal tells nothing new.
told_once as (

    select
        *,
        coalesce(previous_outcome = 'won', false) as was_customer
    from with_previous
    where not (outcome = 'lost' and coalesce(previous_outcome, 'won') = 'lost')

),

-- A renewal, won or lost, replaces what was agreed before; any other win adds to it.
in_contracts as (

    select
        *,
        sum(case when opportunity_type = 'renewal' then 1 else 0 end) over (
            partition by source_system, account_id
            order by deal_number asc
            rows between unbounded preceding and current row
        ) as contract_number
    from told_once

),

valued as (

    select
        *,
        greatest(
            sum(case when outcome = 'won' then amount else 0 end) over (
                partition by source_system, account_id, contract_number
                order by deal_number asc
                rows between unbounded preceding and current row
            ),
            0
        ) as value_after
    from in_contracts

),

compared as (

    select
        *,
        coalesce(
            lag(value_after) over (partition by source_system, account_id order by deal_number asc), 0
        ) as value_before
    from valued

),

entries as (

    select
        *,
        case
            when outcome = 'lost' then 'churned'
            when opportunity_type in ('renewal', 'expansion', 'upsell') then opportunity_type
            when was_customer then 'expansion'
            else 'customer'
        end as stage
    from compared

)

select
    source_system,
    account_id,
    stage,
    row_number() over (partition by source_system, account_id, stage order by deal_number asc) as occurrence,
    closed_at as entered_at,
    close_date as entered_date,
    lead(close_date) over (partition by source_system, account_id order by deal_number asc) as next_entered_date,
    opportunity_id,
    opportunity_type,
    was_customer,
    amount,
    cast(value_before as decimal(18, 2)) as contract_value_before,
    cast(value_after as decimal(18, 2)) as contract_value_after,
    cast(
        case when outcome = 'won' and was_customer then greatest(value_after - value_before, 0) else 0 end
        as decimal(18, 2)
    ) as growth_amount,
    cast(
        case when outcome = 'won' and was_customer then greatest(value_before - value_after, 0) else 0 end
        as decimal(18, 2)
    ) as contraction_amount,
    cast(
        case
            when outcome = 'won' then 0
            when was_customer then value_before
            -- The customer was won before the data begins: what it would have paid is what was lost.
            else amount
        end as decimal(18, 2)
    ) as churned_amount
from entries
