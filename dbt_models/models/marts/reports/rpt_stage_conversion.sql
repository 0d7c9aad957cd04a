with

conversions as (

    select * from {{ ref('int_lifecycle__stage_conversions') }}

),

ripening as (

    select
        from_stage,
        to_stage,
        {{ ninth_decile('days_to_convert') }} as days_to_ripen
    from conversions
    group by from_stage, to_stage

)

select
    conversions.cohort_month,
    {{ is_ripe('conversions.cohort_month', 'ripening.days_to_ripen') }} as is_ripe,
    conversions.from_stage,
    conversions.to_stage,
    cast(count(*) as bigint) as people,
    cast(count(conversions.to_at) as bigint) as converted,
    cast(count(conversions.to_at) * 1.0 / count(*) as decimal(9, 6)) as conversion_rate,
    cast(median(conversions.days_to_convert) as decimal(9, 1)) as median_days,
    cast(coalesce(sum(cast(conversions.days_to_convert as decimal(18, 4))), 0) as decimal(18, 2)) as days_sum
from conversions
inner join ripening
    on
        conversions.from_stage = ripening.from_stage
        and conversions.to_stage = ripening.to_stage
group by conversions.cohort_month, conversions.from_stage, conversions.to_stage, ripening.days_to_ripen
