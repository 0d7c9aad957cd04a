with

-- Which team has the person in a stage: marketing until sales takes it; a refusal before work or a recycling leaves it
-- with, or gives it back to, marketing. Disqualified and unmapped say nothing of who has it next.
sided as (

    select
        person_id,
        entered_at,
        entry_number,
        case
            when stage in ('inquiry', 'mql', 'rejected', 'recycled') then 'marketing'
            when stage in ('sal', 'sql', 'opportunity') then 'sales'
        end as holder,
        min(case when stage in ('won', 'renewal', 'expansion', 'upsell') then entry_number end) over (
            partition by person_id
        ) as bought_entry_number
    from {{ ref('int_lifecycle__transitions') }}

),

before_purchase as (

    select
        *,
        lag(holder) over (partition by person_id order by entry_number asc) as previous_holder
    from sided
    where
        holder is not null
        and (bought_entry_number is null or entry_number < bought_entry_number)

),

handovers as (

    select
        person_id,
        entered_at,
        bought_entry_number,
        case when previous_holder <> holder then holder end as handed_to
    from before_purchase

)

select
    person_id,
    cast(count(handed_to) as bigint) as handovers,
    cast(sum(case when handed_to = 'sales' then 1 else 0 end) as bigint) as handovers_to_sales,
    cast(sum(case when handed_to = 'marketing' then 1 else 0 end) as bigint) as handovers_to_marketing,
    min(case when handed_to is not null then entered_at end) as first_handed_over_at,
    max(case when handed_to is not null then entered_at end) as last_handed_over_at,
    max(bought_entry_number) is not null as has_bought
from handovers
group by person_id
