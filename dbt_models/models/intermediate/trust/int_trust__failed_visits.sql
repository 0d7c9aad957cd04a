with

visits as (

    select
        *,
        count(*) over (partition by visitor_key) as visits_of_visitor,
        cast({{ dbt.date_trunc('month', 'unit_date') }} as date) as month
    from {{ ref('int_trust__units') }}
    where metric = 'visits'

),

bursts as (

    select * from {{ ref('int_trust__bursts') }}
    where metric = 'visits'

)

-- Whoever became known, or ever came back, is real.
select
    'visits' as metric,
    visits.source_system,
    visits.source_object,
    visits.source_record_id,
    'referrer_burst' as rule,
    'One of ' || bursts.units || ' visitors of that month from '
    || case when bursts.source = '(none)' then 'no source (' || bursts.channel || ')' else bursts.source end
    || ', where ' || cast(round(bursts.usual_units) as bigint) || ' are usual; ' || bursts.leading_units
    || ' of them were known people, usual would be ' || cast(round(bursts.usually_leading) as bigint) || '.' as reason
from visits
inner join bursts
    on
        visits.channel = bursts.channel
        and coalesce(visits.source, '(none)') = bursts.source
        and visits.month = bursts.month
where not visits.is_known and visits.visits_of_visitor = 1
