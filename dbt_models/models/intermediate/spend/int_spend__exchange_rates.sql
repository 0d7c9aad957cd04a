with

needed as (

    select distinct
        source_system,
        currency,
        spend_date as rate_date
    from {{ ref('int_spend__daily_costs') }}

),


rates as (

    {{ exchange_rates('needed') | indent(4) }}

)

select * from rates
