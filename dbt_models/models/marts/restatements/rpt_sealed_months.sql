{%- set causes = [
    'new_deal', 'deal_changed', 'deletion', 'late_data', 'identity', 'originator', 'configuration', 'currency',
    'definition',
] -%}
with

pair as (

    select * from {{ ref('int_publications__pair') }}

),

months as (

    select * from {{ ref('int_sealing__sealed_months') }}
    where status = 'sealed'

),

-- What moved since the sealing, publication by publication, this one included.
restatements as (

    select
        kept.publication_number,
        kept.figure,
        kept.report_month,
        kept.member,
        kept.cause,
        kept.change_amount
    from {{ ref('stg_audit__kept_restatements') }} as kept
    inner join {{ ref('int_sealing__chain') }} as chain
        on kept.publication_number = chain.publication_number

    union all

    select
        publication_number,
        figure,
        report_month,
        member,
        cause,
        change_amount
    from {{ ref('int_publications__bridge') }}

),

unioned as (

    select
        months.month,
        figures.figure,
        figures.member,
        figures.amount as sealed_amount,
        cast(0 as decimal(18, 2)) as current_amount,
        cast(null as {{ dbt.type_string() }}) as cause,
        cast(0 as decimal(18, 2)) as change_amount
    from months
    inner join {{ ref('stg_audit__kept_figures') }} as figures
        on
            months.month = figures.report_month
            and months.publication_number >= figures.valid_from
            and (figures.valid_to is null or months.publication_number < figures.valid_to)
            and figures.model in ('', months.report_model)

    union all

    select
        months.month,
        figures.figure,
        figures.member,
        cast(0 as decimal(18, 2)) as sealed_amount,
        figures.amount as current_amount,
        cast(null as {{ dbt.type_string() }}) as cause,
        cast(0 as decimal(18, 2)) as change_amount
    from months
    inner join {{ ref('int_publications__figures') }} as figures
        on months.month = figures.report_month
    inner join pair
        on figures.model in ('', pair.report_model)

    union all

    select
        months.month,
        restatements.figure,
        restatements.member,
        cast(0 as decimal(18, 2)) as sealed_amount,
        cast(0 as decimal(18, 2)) as current_amount,
        restatements.cause,
        restatements.change_amount
    from months
    inner join restatements
        on
            months.month = restatements.report_month
            and months.publication_number < restatements.publication_number

),

summed as (

    select
        month,
        figure,
        member,
        {%- for cause in causes %}
        sum(case when cause = '{{ cause }}' then change_amount else 0 end) as {{ cause }}_amount,
        {%- endfor %}
        sum(sealed_amount) as sealed_amount,
        sum(current_amount) as current_amount
    from unioned
    group by month, figure, member

)

select
    summed.month,
    {{ month_name('summed.month') }} as month_name,
    summed.figure,
    summed.member,
    months.sealed_at,
    months.publication_id as sealed_publication_id,
    cast(summed.sealed_amount as decimal(18, 2)) as sealed_amount,
    cast(summed.current_amount as decimal(18, 2)) as current_amount,
    cast(summed.current_amount - summed.sealed_amount as decimal(18, 2)) as change_amount,
    {%- for cause in causes[:-1] %}
    cast(summed.{{ cause }}_amount as decimal(18, 2)) as {{ cause }}_amount,
    {%- endfor %}
    cast(summed.definition_amount as decimal(18, 2)) as definition_amount
from summed
inner join months
    on summed.month = months.month
