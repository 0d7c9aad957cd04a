with

run_context as (

    select {{ company_date('as_of') }} as as_of_date
    from {{ ref('stg_reference__run_context') }}

),

needed as (

    select
        opportunities.source_system,
        coalesce(opportunities.converted_currency, opportunities.currency) as currency,
        case when opportunities.is_closed then opportunities.close_date else run_context.as_of_date end as rate_date
    from {{ ref('int_crm__opportunities') }} as opportunities
    cross join run_context

    union

    select
        source_system,
        currency,
        {{ company_date('invoiced_at') }} as rate_date
    from {{ ref('int_finance__invoices') }}

),


rates as (

    {{ exchange_rates('needed') | indent(4) }}

)

select * from rates
