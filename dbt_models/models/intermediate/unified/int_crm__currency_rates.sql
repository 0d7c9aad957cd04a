with

dated as (

    select
        source_system,
        currency,
        valid_from,
        valid_to,
        cast(units_per_corporate as decimal(28, 12)) as units_per_corporate,
        'dated' as rate_type
    from {{ ref('stg_salesforce__dated_conversion_rate') }}
    where not is_deleted

),

static as (

    select
        source_system,
        currency,
        cast(null as date) as valid_from,
        cast(null as date) as valid_to,
        cast(units_per_corporate as decimal(28, 12)) as units_per_corporate,
        'static' as rate_type,
        coalesce(is_corporate, false) as is_corporate
    from {{ ref('stg_salesforce__currency_type') }}
    where not is_deleted

),

corporate as (

    select
        source_system,
        currency
    from static
    where is_corporate

),

-- Without a corporate currency among them, finance's rates are per unit of the reporting currency. A rate lasts until
-- the next one unless it ends before.
finance as (

    select
        source_system,
        currency,
        valid_from,
        coalesce(valid_to, lead(valid_from) over (partition by currency order by valid_from asc)) as valid_to,
        cast(units_per_reporting_currency as decimal(28, 12)) as units_per_corporate,
        false as is_corporate,
        'dated' as rate_type
    from {{ ref('stg_finance__exchange_rates') }}
    where not is_deleted

),

unioned as (

    select
        dated.source_system,
        dated.currency,
        dated.valid_from,
        dated.valid_to,
        dated.units_per_corporate,
        corporate.currency is not null as is_corporate,
        dated.rate_type
    from dated
    left join corporate
        on
            dated.source_system = corporate.source_system
            and dated.currency = corporate.currency

    union all

    select
        source_system,
        currency,
        valid_from,
        valid_to,
        units_per_corporate,
        is_corporate,
        rate_type
    from static

    union all

    select * from finance

)

select * from unioned
