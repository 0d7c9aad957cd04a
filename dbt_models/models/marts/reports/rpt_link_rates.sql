with

rates as (

    select * from {{ ref('int_coverage__link_rates') }}

),

run_context as (

    select as_of from {{ ref('stg_reference__run_context') }}

),

-- Thirteen runs are a quarter of weeks, or nearly two weeks of nights; of runs for one logical time the fullest counts.
earlier as (

    select
        memory.link,
        memory.source_system,
        memory.measured_as_of,
        memory.linked * 1.0 / memory.records as rate
    from {{ ref('int_coverage__link_rate_memory') }} as memory
    cross join run_context
    where memory.measured_as_of < run_context.as_of and memory.records > 0
    qualify
        row_number() over (
            partition by memory.link, memory.source_system, memory.measured_as_of
            order by memory.records desc, memory.linked desc
        ) = 1

),

latest as (

    select *
    from earlier
    qualify
        row_number() over (partition by link, source_system order by measured_as_of desc) <= 13

),

usual as (

    select
        link,
        source_system,
        count(*) as earlier_runs,
        median(rate) as usual_rate
    from latest
    group by link, source_system

),

compared as (

    select
        rates.link,
        rates.source_system,
        rates.records,
        rates.linked,
        case when rates.records > 0 then rates.linked * 1.0 / rates.records end as rate,
        coalesce(usual.earlier_runs, 0) as earlier_runs,
        usual.usual_rate
    from rates
    left join usual
        on
            rates.link = usual.link
            and rates.source_system = usual.source_system

)

-- A twentieth of the usual share, of which chance explains nothing: three standard deviations of it.
select
    link,
    source_system,
    cast(records as bigint) as records,
    cast(linked as bigint) as linked,
    cast(rate as double) as rate,
    cast(earlier_runs as bigint) as earlier_runs,
    cast(usual_rate as double) as usual_rate,
    coalesce(
        rate < usual_rate * 0.95
        and usual_rate - rate > 3 * sqrt(usual_rate * (1 - usual_rate) / records),
        false
    ) as is_fallen
from compared
