with

visits as (

    select
        source_system,
        source_object,
        source_record_id,
        source,
        is_known,
        cast({{ dbt.date_trunc('month', 'unit_date') }} as date) as month
    from {{ ref('int_trust__units') }}
    where metric = 'visits' and source is not null

),

totals as (

    select
        count(*) as visits,
        sum(case when is_known then 1 else 0 end) as known_visits,
        count(distinct month) as months
    from visits

),

source_months as (

    select
        source,
        month,
        count(*) as visits,
        sum(case when is_known then 1 else 0 end) as known_visits
    from visits
    group by source, month

),

-- In how many other months the source brought at least a third as much.
compared as (

    select
        source_months.source,
        source_months.month,
        source_months.visits,
        source_months.known_visits,
        count(others.month) as similar_months
    from source_months
    left join source_months as others
        on
            source_months.source = others.source
            and source_months.month <> others.month
            and source_months.visits <= 3 * others.visits
    group by source_months.source, source_months.month, source_months.visits, source_months.known_visits

),

-- A burst: three times what the source brings in its middle month, and from nobody. At the rate of all other visits ten
-- or more would have been by known people, and at most a tenth of that were: chance does that once in two thousand. A
-- campaign that brings people passes, and so does a steady source of strangers.
bursts as (

    select
        compared.source,
        compared.month,
        compared.visits,
        compared.known_visits,
        compared.visits * (totals.known_visits - compared.known_visits)
        / nullif(totals.visits - compared.visits, 0) as usually_known
    from compared
    cross join totals
    where 2 * compared.similar_months < totals.months - 1

),

failing_bursts as (

    select *
    from bursts
    where usually_known >= 10 and known_visits * 10 <= usually_known

)

select
    'visits' as metric,
    visits.source_system,
    visits.source_object,
    visits.source_record_id,
    'referrer_burst' as rule,
    'One of ' || failing_bursts.visits || ' visits of that month from ' || failing_bursts.source
    || ', three times its usual or more; ' || failing_bursts.known_visits
    || ' of them were by known people, usual would be '
    || cast(round(failing_bursts.usually_known) as bigint) || '.' as reason
from visits
inner join failing_bursts
    on
        visits.source = failing_bursts.source
        and visits.month = failing_bursts.month
where not visits.is_known
