with

coverage as (

    select * from {{ ref('stg_audit__landing_coverage') }}

),

systems_in_use as (

    select distinct system
    from coverage
    where object_name is not null

),

deliveries as (

    select distinct
        source_system,
        object_name
    from {{ ref('stg_audit__deliveries') }}

),

delivered_columns as (

    select
        source_system,
        object_name,
        column_name,
        {{ dbt.listagg('delivered_as', "', '", 'order by delivered_as') }} as delivered_as
    from (
        select distinct
            source_system,
            object_name,
            column_name,
            delivered_as
        from {{ ref('stg_audit__landed_columns') }}
    ) as names
    group by source_system, object_name, column_name

),

-- A column of files that are gone is known by its values alone.
columns_of_objects as (

    select
        coverage.system,
        coverage.source_system,
        coverage.object_name,
        coverage.column_name,
        coverage.is_object_required,
        coverage.without_object,
        coverage.without_column,
        coverage.records,
        coverage.filled,
        deliveries.object_name is not null as is_delivered,
        deliveries.object_name is not null
        and (delivered_columns.delivered_as is not null or coverage.filled > 0) as is_column_delivered,
        delivered_columns.delivered_as
    from coverage
    left join deliveries
        on
            coverage.source_system = deliveries.source_system
            and coverage.object_name = deliveries.object_name
    left join delivered_columns
        on
            coverage.source_system = delivered_columns.source_system
            and coverage.object_name = delivered_columns.object_name
            and coverage.column_name = delivered_columns.column_name
    where coverage.object_name is not null

),

objects as (

    select
        system,
        source_system,
        object_name,
        is_object_required as is_required,
        is_delivered,
        records,
        count(column_name) as listed_columns,
        sum(case when is_column_delivered then 1 else 0 end) as delivered_columns,
        {{ dbt.listagg(
            "case when is_delivered and not is_column_delivered then column_name end", "', '", 'order by column_name'
        ) }} as absent_columns,
        {{ dbt.listagg(
            "case when is_column_delivered and filled = 0 and records > 0 then column_name end",
            "', '",
            'order by column_name'
        ) }} as blank_columns,
        {{ dbt.listagg(
            "case when delivered_as <> column_name then column_name || ' as ' || delivered_as end",
            "', '",
            'order by column_name'
        ) }} as spelt_columns,
        case when not is_delivered then max(without_object) end as without_object,
        {{ dbt.listagg(
            "case when is_delivered and records > 0 and filled = 0 then column_name || ': ' || without_column end",
            "' '",
            'order by column_name'
        ) }} as without_columns
    from columns_of_objects
    group by
        system,
        source_system,
        object_name,
        is_object_required,
        is_delivered,
        records

),

-- A whole system of which no source is in use; which of its sources might be, nobody can say.
unused_systems as (

    select
        coverage.system,
        max(coverage.without_object) as consequence
    from coverage
    left join systems_in_use on coverage.system = systems_in_use.system
    where systems_in_use.system is null
    group by coverage.system

)

select
    system,
    source_system,
    object_name,
    is_required,
    is_delivered,
    cast(records as bigint) as records,
    cast(listed_columns as bigint) as listed_columns,
    cast(delivered_columns as bigint) as delivered_columns,
    absent_columns,
    blank_columns,
    spelt_columns,
    coalesce(without_object, without_columns) as consequence
from objects

union all

select
    system,
    cast(null as {{ dbt.type_string() }}) as source_system,
    cast(null as {{ dbt.type_string() }}) as object_name,
    false as is_required,
    false as is_delivered,
    cast(0 as bigint) as records,
    cast(0 as bigint) as listed_columns,
    cast(0 as bigint) as delivered_columns,
    cast(null as {{ dbt.type_string() }}) as absent_columns,
    cast(null as {{ dbt.type_string() }}) as blank_columns,
    cast(null as {{ dbt.type_string() }}) as spelt_columns,
    consequence
from unused_systems
