with

publications as (

    select
        publication_number,
        publication_id
    from {{ ref('dim_publication') }}

),

pair as (

    select publication_number from {{ ref('int_publications__pair') }}

),

unioned as (

    select
        kept.publication_number,
        kept.figure,
        kept.report_month,
        kept.member,
        kept.cause,
        kept.subject_type,
        kept.subject_id,
        kept.change_amount,
        kept.evidence,
        kept.previous_amount,
        kept.current_amount
    from {{ ref('stg_audit__kept_restatements') }} as kept
    cross join pair
    where kept.publication_number < pair.publication_number

    union all

    select
        publication_number,
        figure,
        report_month,
        member,
        cause,
        subject_type,
        subject_id,
        change_amount,
        evidence,
        previous_amount,
        current_amount
    from {{ ref('int_publications__bridge') }}

)

select
    publications.publication_id,
    unioned.report_month,
    {{ month_name('unioned.report_month') }} as report_month_name,
    unioned.figure,
    unioned.member,
    unioned.cause,
    unioned.subject_type,
    unioned.subject_id,
    unioned.change_amount,
    unioned.evidence,
    unioned.previous_amount,
    unioned.current_amount
from unioned
inner join publications
    on unioned.publication_number = publications.publication_number
