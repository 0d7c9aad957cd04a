-- Recursive: a survivor may be merged again, and its list then doesn't name those that it took in before.
with recursive

merged_pairs as (

    select
        'contact' as record_type,
        {{ listed_ids('merged_ids') }} as record_id,
        contact_id as survivor_id
    from {{ ref('stg_hubspot__contacts') }}
    where merged_ids is not null

    union

    select
        'contact' as record_type,
        merged_id as record_id,
        contact_id as survivor_id
    from {{ ref('stg_hubspot__contact_merges') }}

    union

    select
        'company' as record_type,
        {{ listed_ids('merged_ids') }} as record_id,
        company_id as survivor_id
    from {{ ref('stg_hubspot__companies') }}
    where merged_ids is not null

    union

    select
        'deal' as record_type,
        {{ listed_ids('merged_ids') }} as record_id,
        deal_id as survivor_id
    from {{ ref('stg_hubspot__deals') }}
    where merged_ids is not null

    union

    select
        'deal' as record_type,
        merged_id as record_id,
        deal_id as survivor_id
    from {{ ref('stg_hubspot__deal_merges') }}

),

steps as (

    select
        record_type,
        record_id,
        survivor_id
    from merged_pairs
    where record_id <> survivor_id

),

ways as (

    select
        record_type,
        record_id,
        survivor_id,
        {{ walked_from('survivor_id') }} as walked
    from steps

    {{ union_of_walk() }}

    select
        ways.record_type,
        ways.record_id,
        steps.survivor_id,
        {{ walked_to('steps.survivor_id') }} as walked
    from ways
    inner join steps
        on
            ways.record_type = steps.record_type
            and ways.survivor_id = steps.record_id
    where {{ is_new_on_walk('steps.survivor_id') }}

)

-- Records that were merged into each other, which can't be, have no survivor.
select
    ways.record_type,
    ways.record_id,
    min(ways.survivor_id) as survivor_id
from ways
left join steps
    on
        ways.record_type = steps.record_type
        and ways.survivor_id = steps.record_id
where steps.record_id is null
group by ways.record_type, ways.record_id
