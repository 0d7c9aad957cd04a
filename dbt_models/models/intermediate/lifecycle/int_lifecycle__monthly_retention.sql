with

entries as (

    select * from {{ ref('int_lifecycle__account_entries') }}

),

bounds as (

    select
        greatest(
            cast({{ dbt.date_trunc('month', 'min(entered_date)') }} as date), cast('1990-01-01' as date)
        ) as first_day,
        max({{ company_date(run_setting('as_of')) }}) as last_day
    from entries

),

days as (

    {{ date_series('(select bounds.first_day from bounds)', '(select bounds.last_day from bounds)') }}

),

-- The twelve months that end with each month.
windows as (

    select
        date_day as month_start,
        cast({{ dbt.dateadd('month', -11, 'date_day') }} as date) as window_start,
        cast({{ dbt.dateadd('month', 1, 'date_day') }} as date) as window_end
    from days
    where extract(day from date_day) = 1

),

-- Customers on the eve of the window, with what they paid then.
started as (

    select
        windows.month_start,
        windows.window_start,
        windows.window_end,
        entries.source_system,
        entries.account_id,
        entries.contract_value_after as start_value
    from windows
    inner join entries
        on
            windows.window_start > entries.entered_date
            and (entries.next_entered_date is null or windows.window_start <= entries.next_entered_date)
    where entries.stage <> 'churned'

),

moved as (

    select
        started.month_start,
        started.source_system,
        started.account_id,
        started.start_value,
        coalesce(sum(entries.growth_amount), 0) as growth_amount,
        coalesce(sum(case when not entries.was_customer then entries.contract_value_after end), 0) as won_back_amount,
        coalesce(sum(entries.contraction_amount), 0) as contraction_amount,
        coalesce(sum(entries.churned_amount), 0) as churned_amount
    from started
    left join entries
        on
            started.source_system = entries.source_system
            and started.account_id = entries.account_id
            and started.window_start <= entries.entered_date
            and started.window_end > entries.entered_date
    group by started.month_start, started.source_system, started.account_id, started.start_value

),

-- What grew within the year and was lost again was never part of the start: a customer loses at most what it had.
summed as (

    select
        month_start,
        count(*) as customers,
        sum(start_value) as start_amount,
        sum(growth_amount + won_back_amount) as growth_amount,
        sum(contraction_amount) as contraction_amount,
        sum(churned_amount) as churned_amount,
        sum(least(start_value, contraction_amount + churned_amount)) as lost_of_start_amount
    from moved
    group by month_start

)

select
    month_start,
    cast(customers as bigint) as customers,
    cast(start_amount as decimal(18, 2)) as start_amount,
    cast(growth_amount as decimal(18, 2)) as growth_amount,
    cast(contraction_amount as decimal(18, 2)) as contraction_amount,
    cast(churned_amount as decimal(18, 2)) as churned_amount,
    cast(start_amount + growth_amount - contraction_amount - churned_amount as decimal(18, 2)) as end_amount,
    cast(start_amount - lost_of_start_amount as decimal(18, 2)) as kept_amount,
    cast(
        (start_amount + growth_amount - contraction_amount - churned_amount) / nullif(start_amount, 0)
        as decimal(18, 6)
    ) as nrr,
    cast((start_amount - lost_of_start_amount) / nullif(start_amount, 0) as decimal(18, 6)) as grr
from summed
