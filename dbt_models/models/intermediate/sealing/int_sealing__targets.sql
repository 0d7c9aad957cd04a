with

in_progress as (

    select
        publication_number,
        as_of
    from {{ ref('stg_audit__publication_in_progress') }}

),

named as (

    select
        *,
        lower(trim(metric)) as metric_name
    from {{ ref('int_planning__targets') }}

),

planned as (

    select
        *,
        'target_' || md5(
            source_system || '|' || metric_name || '|' || period_start || '|' || period_end || '|'
            || coalesce(owner_email, '')
        ) as target_id
    from named

),

-- A target is what its first publication said.
published as (

    select
        kept.*,
        publications.as_of as first_published_as_of
    from {{ ref('stg_audit__kept_targets') }} as kept
    inner join {{ ref('int_sealing__publications') }} as publications
        on kept.valid_from = publications.publication_number
    qualify row_number() over (partition by kept.target_id order by kept.valid_from) = 1

),

joined as (

    select
        coalesce(published.target_id, planned.target_id) as target_id,
        coalesce(published.source_system, planned.source_system) as source_system,
        coalesce(published.metric, planned.metric_name) as metric,
        coalesce(published.period_start, planned.period_start) as period_start,
        coalesce(published.period_end, planned.period_end) as period_end,
        coalesce(published.owner_email, planned.owner_email) as owner_email,
        case when published.target_id is null then planned.target else published.target end as target,
        case when published.target_id is null then planned.bonus_amount else published.bonus_amount end as bonus_amount,
        planned.target as target_now,
        planned.bonus_amount as bonus_amount_now,
        case
            when planned.target_id is null then 'withdrawn'
            when published.target_id is null then 'as_published'
            when
                {{ is_same('cast(published.target as decimal(28, 6))', 'cast(planned.target as decimal(28, 6))') }}
                and {{ is_same('published.bonus_amount', 'planned.bonus_amount') }}
                then 'as_published'
            else 'edited'
        end as plan_status,
        coalesce(published.valid_from, in_progress.publication_number) as first_publication_number,
        coalesce(published.first_published_as_of, in_progress.as_of) as first_published_as_of
    from planned
    full outer join published
        on planned.target_id = published.target_id
    cross join in_progress

),

-- A period is sealed when all of its months are, by the publication that sealed the last of them.
sealed_periods as (

    select
        joined.target_id,
        max(months.publication_number) as sealed_number,
        count(months.month) as sealed_months
    from joined
    inner join {{ ref('int_sealing__sealed_months') }} as months
        on
            cast({{ dbt.date_trunc('month', 'joined.period_start') }} as date) <= months.month
            and joined.period_end >= months.month
    where months.status = 'sealed'
    group by joined.target_id

)

select
    joined.*,
    sealed_periods.sealed_number
from joined
left join sealed_periods
    on
        joined.target_id = sealed_periods.target_id
        and sealed_periods.sealed_months = {{ dbt.datediff('joined.period_start', 'joined.period_end', 'month') }} + 1
