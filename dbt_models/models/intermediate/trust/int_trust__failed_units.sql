with

-- What a visit counts in.
visit_metrics as (

    select metrics.metric
    from (values ('visits'), ('visitors'), ('page_views')) as metrics (metric)

),

failures as (

    select
        metric,
        source_system,
        source_object,
        source_record_id,
        rule,
        reason,
        cast(null as date) as recorded_date
    from {{ ref('int_trust__failed_leads') }}

    union all

    select
        visit_metrics.metric,
        visits.source_system,
        visits.source_object,
        visits.source_record_id,
        visits.rule,
        visits.reason,
        cast(null as date) as recorded_date
    from {{ ref('int_trust__failed_visits') }} as visits
    cross join visit_metrics

    union all

    select
        metric,
        source_system,
        source_object,
        source_record_id,
        rule,
        reason,
        recorded_date
    from {{ ref('int_trust__failed_deals') }}

)

select * from failures
