{#-
  A select with one row per system, currency and day of `needed` (source_system, currency, rate_date): what 1 unit of it
  is in the reporting currency. Each room asks for the days of its own amounts: revenue doesn't wait for advertising.
-#}
{% macro exchange_rates(needed) -%}
    with

    run_context as (

        select reporting_currency
        from {{ ref('stg_reference__run_context') }}

    ),

    currency_rates as (

        select *
        from {{ ref('int_crm__currency_rates') }}
        where units_per_corporate > 0

    ),

    -- One organisation per CRM that lists rates: each counts in a corporate currency of its own.
    organisations as (

        select
            currency_rates.source_system,
            min(case when currency_rates.is_corporate then currency_rates.currency end) as corporate_currency,
            count(case when currency_rates.currency = run_context.reporting_currency then 1 end) > 0
                as is_reporting_currency_listed
        from currency_rates
        cross join run_context
        group by currency_rates.source_system

    ),

    crms as (

        select distinct source_system
        from {{ ref('int_crm__opportunities') }}

    ),

    -- A CRM's amounts take its own rates. A CRM that lists none counts in the reporting currency unless an amount says
    -- otherwise; that amount, and whatever comes from no CRM, goes by the first CRM that lists rates.
    rates_of_systems as (

        select
            systems.source_system,
            coalesce(
                organisations.source_system, (select min(listed.source_system) from organisations as listed)
            ) as rates_system,
            organisations.source_system is not null or crms.source_system is null as takes_corporate_currency
        from (select distinct source_system from {{ needed }}) as systems
        left join organisations
            on systems.source_system = organisations.source_system
        left join crms
            on systems.source_system = crms.source_system

    ),

    resolved as (

        select
            needed.source_system,
            rates_of_systems.rates_system,
            coalesce(needed.currency, '') as currency_given,
            coalesce(
                needed.currency,
                case when rates_of_systems.takes_corporate_currency then organisations.corporate_currency end,
                run_context.reporting_currency
            ) as currency,
            run_context.reporting_currency,
            needed.rate_date,
            organisations.source_system is not null
            and not organisations.is_reporting_currency_listed
            and organisations.corporate_currency is null as is_per_reporting_currency
        from {{ needed }} as needed
        cross join run_context
        inner join rates_of_systems
            on needed.source_system = rates_of_systems.source_system
        left join organisations
            on rates_of_systems.rates_system = organisations.source_system

    ),

    wanted as (

        select
            rates_system,
            currency,
            rate_date
        from resolved

        union

        select
            rates_system,
            reporting_currency as currency,
            rate_date
        from resolved

    ),

    -- A dated rate of the day first, the latest one if periods overlap; else the static rate.
    priced as (

        select
            wanted.rates_system,
            wanted.currency,
            wanted.rate_date,
            currency_rates.units_per_corporate,
            currency_rates.rate_type
        from wanted
        inner join currency_rates
            on
                wanted.rates_system = currency_rates.source_system
                and wanted.currency = currency_rates.currency
                and (
                    currency_rates.rate_type = 'static'
                    or (
                        wanted.rate_date >= currency_rates.valid_from
                        and (currency_rates.valid_to is null or wanted.rate_date < currency_rates.valid_to)
                    )
                )
        qualify
            row_number() over (
                partition by wanted.rates_system, wanted.currency, wanted.rate_date
                order by
                    case currency_rates.rate_type when 'dated' then 1 else 2 end asc,
                    currency_rates.valid_from desc,
                    currency_rates.units_per_corporate asc
            ) = 1

    ),

    -- The same currency needs no rate. A multi-currency organisation that lists no rate for its reporting currency and
    -- names no corporate currency has its rates per unit of the reporting currency.
    paired as (

        select
            resolved.source_system,
            resolved.currency_given,
            resolved.currency,
            resolved.rate_date,
            resolved.reporting_currency,
            case
                when resolved.currency = resolved.reporting_currency then cast(1 as decimal(28, 12))
                else from_rate.units_per_corporate
            end as from_rate,
            case
                when resolved.currency = resolved.reporting_currency then cast(1 as decimal(28, 12))
                when to_rate.units_per_corporate is not null then to_rate.units_per_corporate
                when resolved.is_per_reporting_currency then cast(1 as decimal(28, 12))
            end as to_rate,
            case
                when resolved.currency = resolved.reporting_currency then 'same'
                else from_rate.rate_type
            end as rate_type
        from resolved
        left join priced as from_rate
            on
                resolved.rates_system = from_rate.rates_system
                and resolved.currency = from_rate.currency
                and resolved.rate_date is not distinct from from_rate.rate_date
        left join priced as to_rate
            on
                resolved.rates_system = to_rate.rates_system
                and resolved.reporting_currency = to_rate.currency
                and resolved.rate_date is not distinct from to_rate.rate_date

    )

    select
        source_system,
        currency_given,
        currency,
        rate_date,
        reporting_currency,
        from_rate,
        to_rate,
        case when from_rate is null or to_rate is null then 'missing' else rate_type end as rate_type,
        from_rate is not null and to_rate is not null as has_rate,
        cast(
            cast(
                {{ divide_half_up(whole_units('to_rate', 12) ~ ' * 1000000000000', whole_units('from_rate', 12)) }}
                as decimal(26, 0)
            )
            * cast(0.000000000001 as decimal(12, 12)) as decimal(28, 12)
        ) as exchange_rate
    from paired
{%- endmacro %}
