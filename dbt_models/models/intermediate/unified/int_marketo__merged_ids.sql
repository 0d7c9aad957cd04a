-- Recursive: a survivor may be merged again.
with recursive

merge_activities as (

    {{ marketo_activities('merge_leads', 32, ['merged_ids']) | indent(4) }}

),

merged_pairs as (

    select
        {{ listed_ids('merged_ids') }} as lead_id,
        lead_id as survivor_id
    from merge_activities
    where merged_ids is not null

),

steps as (

    select distinct
        lead_id,
        survivor_id
    from merged_pairs
    where lead_id <> survivor_id

),

ways as (

    select
        lead_id,
        survivor_id,
        {{ walked_from('survivor_id') }} as walked
    from steps

    {{ union_of_walk() }}

    select
        ways.lead_id,
        steps.survivor_id,
        {{ walked_to('steps.survivor_id') }} as walked
    from ways
    inner join steps
        on ways.survivor_id = steps.lead_id
    where {{ is_new_on_walk('steps.survivor_id') }}

)

-- Leads that were merged into each other, which can't be, have no survivor.
select
    ways.lead_id,
    min(ways.survivor_id) as survivor_id
from ways
left join steps
    on ways.survivor_id = steps.lead_id
where steps.lead_id is null
group by ways.lead_id
