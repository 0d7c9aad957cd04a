with

run_context as (

    select {{ company_date('as_of') }} as as_of_date
    from {{ ref('stg_reference__run_context') }}

),

portfolios as (

    select * from {{ ref('int_velocity__portfolios') }}

),

first_named as (

    select min(valid_from) as first_date
    from portfolios
    where valid_from > cast('1900-01-01' as date)

),

-- Months in which anyone names accounts, at most from 1990 on: a mistyped century would bring thousands of them.
bounds as (

    select
        greatest(
            cast(
                {{ dbt.date_trunc('month', 'least(first_named.first_date, run_context.as_of_date)') }} as date
            ),
            cast('1990-01-01' as date)
        ) as first_day,
        run_context.as_of_date as last_day
    from run_context
    cross join first_named
    where exists (select 1 from portfolios)

),

days as (

    {{ date_series('(select bounds.first_day from bounds)', '(select bounds.last_day from bounds)') }}

),

-- Each month is looked at on its last day, the unfinished one on AS_OF's.
months as (

    select
        days.date_day as month_start,
        least(
            cast({{ dbt.dateadd('day', -1, dbt.dateadd('month', 1, 'days.date_day')) }} as date), run_context.as_of_date
        ) as as_of_date
    from days
    cross join run_context
    where extract(day from days.date_day) = 1

)

-- Who names which account at any time in the month, and whether still on its as-of date.
select
    months.month_start,
    months.as_of_date,
    portfolios.account_id,
    portfolios.team,
    portfolios.user_id,
    portfolios.valid_from,
    portfolios.valid_to,
    portfolios.valid_from <= months.as_of_date and portfolios.valid_to > months.as_of_date as is_current
from months
inner join portfolios
    on
        months.as_of_date >= portfolios.valid_from
        and months.month_start < portfolios.valid_to
