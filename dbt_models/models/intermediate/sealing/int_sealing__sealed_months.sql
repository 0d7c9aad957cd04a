with

in_progress as (

    select * from {{ ref('stg_audit__publication_in_progress') }}

),

publications as (

    select
        *,
        {{ company_date('as_of') }} as as_of_date
    from {{ ref('int_sealing__publications') }}

),

-- What was published as sealed stays, whatever was published since.
remembered as (

    select
        seals.month,
        seals.sealed_at,
        seals.publication_number
    from {{ ref('stg_audit__kept_seals') }} as seals
    inner join in_progress
        on {{ is_same('seals.is_sample', 'in_progress.is_sample') }}

),

asked as (

    select
        reference.month,
        reference.sealed_at
    from {{ ref('stg_reference__sealed_months') }} as reference
    left join remembered
        on reference.month = remembered.month
    where remembered.month is null

),

-- A publication of before the month's end has only a part of it.
candidates as (

    select
        asked.month,
        publications.publication_number,
        publications.as_of,
        publications.as_of <= asked.sealed_at as is_before
    from asked
    inner join publications
        on publications.as_of_date >= cast({{ dbt.last_day('asked.month', 'month') }} as date)

),

ranked as (

    select
        month,
        publication_number,
        row_number() over (
            partition by month
            order by
                case when is_before then 0 else 1 end asc,
                case when is_before then as_of end desc,
                case when is_before then publication_number end desc,
                as_of asc,
                publication_number asc
        ) as place
    from candidates

),

months as (

    select
        month,
        sealed_at,
        publication_number
    from remembered

    union all

    select
        asked.month,
        asked.sealed_at,
        ranked.publication_number
    from asked
    left join ranked
        on
            asked.month = ranked.month
            and ranked.place = 1

),

judged as (

    select
        months.month,
        months.sealed_at,
        months.publication_number,
        case
            when months.sealed_at > in_progress.as_of then 'not_due'
            when months.publication_number is null then 'nothing_published'
            else 'sealed'
        end as status
    from months
    cross join in_progress

)

select
    judged.month,
    judged.sealed_at,
    judged.status,
    case when judged.status = 'sealed' then judged.publication_number end as publication_number,
    case when judged.status = 'sealed' then named.publication_id end as publication_id,
    case when judged.status = 'sealed' then named.report_model end as report_model
from judged
left join {{ ref('stg_audit__kept_publications') }} as named
    on judged.publication_number = named.publication_number
