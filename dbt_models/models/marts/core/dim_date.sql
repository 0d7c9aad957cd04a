with

run_context as (

    select {{ company_date('as_of') }} as as_of_date
    from {{ ref('stg_reference__run_context') }}

),

-- The first day anything happened, whatever the source.
first_moments as (

    select min({{ possible_moment('created_at', is_web=false) }}) as moment
    from {{ ref('int_crm__leads') }}

    union all

    select min({{ possible_moment('created_at', is_web=false) }}) as moment
    from {{ ref('int_crm__contacts') }}

    union all

    select min({{ possible_moment('created_at', is_web=false) }}) as moment
    from {{ ref('int_crm__accounts') }}

    union all

    select min({{ possible_moment('created_at', is_web=false) }}) as moment
    from {{ ref('int_crm__opportunities') }}

    union all

    select min({{ possible_moment('cast(close_date as timestamp)', is_web=false) }}) as moment
    from {{ ref('int_crm__opportunities') }}

    union all

    select min({{ possible_moment('occurred_at', is_web=false) }}) as moment
    from {{ ref('int_crm__activities') }}

    union all

    select min({{ possible_moment('created_at', is_web=false) }}) as moment
    from {{ ref('int_crm__campaign_members') }}

    union all

    select min({{ possible_moment('viewed_at') }}) as moment
    from {{ ref('int_web__page_views') }}

    union all

    select min({{ possible_moment('occurred_at') }}) as moment
    from {{ ref('int_web__events') }}

    union all

    select min({{ possible_moment('responded_at') }}) as moment
    from {{ ref('int_marketing__responses') }}

    union all

    select min({{ possible_moment('cast(spend_date as timestamp)', is_web=false) }}) as moment
    from {{ ref('int_ads__daily_spend') }}

    union all

    select min({{ possible_moment('invoiced_at', is_web=false) }}) as moment
    from {{ ref('int_finance__invoices') }}

),

-- The calendar starts with its year, not before 1990: one mistyped century would otherwise bring 30,000 empty days.
-- It ends a year after the run's logical time, so that plans and open opportunities' close dates find their day.
bounds as (

    select
        greatest(
            cast(
                {{ dbt.date_trunc('year', "coalesce(min(first_moments.moment), max(run_context.as_of_date))") }} as date
            ),
            cast('1990-01-01' as date)
        ) as first_date,
        cast({{ dbt.dateadd('year', 1, 'max(run_context.as_of_date)') }} as date) as last_date
    from run_context
    left join first_moments
        on
            first_moments.moment is not null
            and run_context.as_of_date >= first_moments.moment

),

days as (

    {{ date_series('(select bounds.first_date from bounds)', '(select bounds.last_date from bounds)') }}

)

select
    days.date_day,
    cast(extract(year from days.date_day) as integer) as calendar_year,
    cast(extract(quarter from days.date_day) as integer) as quarter_of_year,
    cast(extract(month from days.date_day) as integer) as month_of_year,
    cast(extract(day from days.date_day) as integer) as day_of_month,
    cast({{ iso_day_of_week('days.date_day') }} as integer) as iso_day_of_week,
    cast(extract(week from days.date_day) as integer) as iso_week_of_year,
    cast({{ iso_year('days.date_day') }} as integer) as iso_year,
    cast({{ dbt.date_trunc('year', 'days.date_day') }} as date) as year_start,
    cast({{ dbt.date_trunc('quarter', 'days.date_day') }} as date) as quarter_start,
    cast({{ dbt.date_trunc('month', 'days.date_day') }} as date) as month_start,
    cast({{ dbt.date_trunc('week', 'days.date_day') }} as date) as iso_week_start,
    {{ iso_day_of_week('days.date_day') }} > 5 as is_weekend,
    days.date_day > run_context.as_of_date as is_future
from days
cross join run_context
