with

stages as (

    select
        *,
        {{ stage_word('stage_id') }} as id_word,
        {{ stage_word('stage_given') }} as label_word
    from {{ ref('int_hubspot__stages') }}

),

told as (

    select
        record_id as deal_id,
        property,
        new_value,
        changed_at,
        changed_by_id
    from {{ ref('int_hubspot__property_changes') }}
    where record_type = 'deal' and property in ('dealstage', 'amount', 'closedate')

),

last_stages as (

    select
        deal_id,
        new_value as stage_id,
        changed_at
    from told
    where property = 'dealstage'
    qualify row_number() over (partition by deal_id order by changed_at desc) = 1

),

-- What the deal itself says of its stages: the last entry of each, in columns named by the stage.
named_dates as (

    select
        deals.deal_id,
        deals.stage_id as current_stage_id,
        {{ json_elements('deals.stage_dates') }} as element
    from {{ ref('stg_hubspot__deals') }} as deals
    where deals.stage_dates is not null

),

worded_dates as (

    select
        deal_id,
        current_stage_id,
        {{ stage_word(json_field('element', 'name')) }} as word,
        {{ property_moment(json_field('element', 'value')) }} as changed_at
    from named_dates

),

-- An id with hyphens is spelt with underscores in a property's name, and a number is put behind it. A label that two
-- pipelines share tells neither.
given_words as (

    select
        id_word as word,
        stage_id,
        0 as word_rank
    from stages

    union all

    select
        label_word as word,
        stage_id,
        1 as word_rank
    from stages

),

best_words as (

    select * from given_words
    qualify word_rank = min(word_rank) over (partition by word)

),

stage_words as (

    select
        word,
        min(stage_id) as stage_id
    from best_words
    group by word
    having count(*) = 1

),

stage_dates as (

    select
        dates.deal_id,
        dates.changed_at,
        coalesce(
            stage_words.stage_id,
            case when dates.word = 'currentstage' then dates.current_stage_id else dates.word end
        ) as stage_id,
        dates.current_stage_id
    from worded_dates as dates
    left join stage_words
        on
            dates.word = stage_words.word
            or (
                {{ matches_pattern('stage_words.word', '^[0-9a-f]{32}$') }}
                and left(dates.word, 32) = stage_words.word
            )
    where dates.changed_at is not null

),

-- Without history the dates of the stages are all that is known; beside a history that ends before it they tell the
-- deal's stage of today. Of stages that were entered at once the deal ended in the one that it has, or the further one.
dated as (

    select
        stage_dates.deal_id,
        'dealstage' as property,
        stage_dates.stage_id as new_value,
        stage_dates.changed_at,
        cast(null as {{ dbt.type_string() }}) as changed_by_id
    from stage_dates
    left join stages
        on stage_dates.stage_id = stages.stage_id
    left join last_stages
        on stage_dates.deal_id = last_stages.deal_id
    where
        last_stages.deal_id is null
        or (
            stage_dates.stage_id = stage_dates.current_stage_id
            and stage_dates.stage_id <> last_stages.stage_id
            and stage_dates.changed_at > last_stages.changed_at
        )
    qualify
        row_number() over (
            partition by stage_dates.deal_id, stage_dates.changed_at
            order by
                case when stage_dates.stage_id = stage_dates.current_stage_id then 0 else 1 end asc,
                stages.probability desc nulls last,
                stage_dates.stage_id asc
        ) = 1

),

changes as (

    select * from told
    union all
    select * from dated

),

-- One row per timestamp at which anything of it changed.
moments as (

    select
        deal_id,
        changed_at,
        max(case when property = 'dealstage' then new_value end) as stage_id,
        max(case when property = 'amount' then try_cast(new_value as decimal(28, 6)) end) as amount,
        max(case when property = 'closedate' then {{ property_moment('new_value') }} end) as closed_at,
        coalesce(
            max(case when property = 'dealstage' then changed_by_id end),
            max(changed_by_id)
        ) as changed_by_id
    from changes
    group by deal_id, changed_at

),

carried as (

    select
        deal_id,
        changed_at,
        changed_by_id,
        {{ last_known('stage_id') }} over so_far as stage_id,
        {{ last_known('amount') }} over so_far as amount,
        {{ last_known('closed_at') }} over so_far as closed_at,
        row_number() over (partition by deal_id order by changed_at asc) as state_number
    from moments
    window so_far as (
        partition by deal_id
        order by changed_at asc
        rows between unbounded preceding and current row
    )

)

select
    carried.deal_id,
    'hubspot:state:' || carried.deal_id || ':' || carried.state_number as history_id,
    coalesce(stages.stage_name, carried.stage_id) as stage_name,
    carried.amount,
    carried.closed_at,
    stages.probability * 100 as probability,
    carried.changed_by_id,
    carried.changed_at
from carried
left join stages
    on carried.stage_id = stages.stage_id
where carried.stage_id is not null
