{#-
  A select with one row per currency and day of `needed` (currency, rate_date): what 1 unit of it is in the reporting
  currency. Each room asks for the days of its own amounts, so that revenue doesn't wait for advertising.
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

    -- Without multi-currency nothing is listed: every amount is then the reporting currency unless it says otherwise.
    organisation as (

        select
            run_context.reporting_currency,
            count(currency_rates.currency) > 0 as is_multi_currency,
            min(case when currency_rates.is_corporate then currency_rates.currency end) as corporate_currency,
            count(case when currency_rates.currency = run_context.reporting_currency then 1 end) > 0
                as is_reporting_currency_listed
        from run_context
        left join currency_rates
            on true
        group by run_context.reporting_currency

    ),

    resolved as (

        select
            coalesce(needed.currency, '') as currency_given,
            coalesce(needed.currency, organisation.corporate_currency, organisation.reporting_currency) as currency,
            organisation.reporting_currency,
            needed.rate_date
        from {{ needed }} as needed
        cross join organisation

    ),

    wanted as (

        select
            currency,
            rate_date
        from resolved

        union

        select
            reporting_currency as currency,
            rate_date
        from resolved

    ),

    -- A dated rate of the day first, the latest one if periods overlap; else the static rate.
    priced as (

        select
            wanted.currency,
            wanted.rate_date,
            currency_rates.units_per_corporate,
            currency_rates.rate_type
        from wanted
        inner join currency_rates
            on
                wanted.currency = currency_rates.currency
                and (
                    currency_rates.rate_type = 'static'
                    or (
                        wanted.rate_date >= currency_rates.valid_from
                        and (currency_rates.valid_to is null or wanted.rate_date < currency_rates.valid_to)
                    )
                )
        qualify
            row_number() over (
                partition by wanted.currency, wanted.rate_date
                order by
                    case currency_rates.rate_type when 'dated' then 1 else 2 end asc,
                    currency_rates.valid_from desc,
                    currency_rates.source_system asc,
                    currency_rates.units_per_corporate asc
            ) = 1

    ),

    -- The same currency needs no rate. A multi-currency organisation that lists no rate for its reporting currency and
    -- names no corporate currency has its rates per unit of the reporting currency.
    paired as (

        select
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
                when
                    organisation.is_multi_currency
                    and not organisation.is_reporting_currency_listed
                    and organisation.corporate_currency is null
                    then cast(1 as decimal(28, 12))
            end as to_rate,
            case
                when resolved.currency = resolved.reporting_currency then 'same'
                else from_rate.rate_type
            end as rate_type
        from resolved
        cross join organisation
        left join priced as from_rate
            on
                resolved.currency = from_rate.currency
                and resolved.rate_date is not distinct from from_rate.rate_date
        left join priced as to_rate
            on
                resolved.reporting_currency = to_rate.currency
                and resolved.rate_date is not distinct from to_rate.rate_date

    )

    select
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
