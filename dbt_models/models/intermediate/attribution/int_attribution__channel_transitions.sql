{%- set start_state = 0 %}
{%- set won_state = -1 %}
{%- set lost_state = -2 %}
with

windows as (

    select distinct model_windows.window_id
    from {{ ref('int_journeys__model_windows') }} as model_windows
    inner join {{ ref('stg_reference__attribution_models') }} as models
        on model_windows.model = models.model
    where
        models.enabled
        and models.method = 'markov'

),

journeys as (

    select * from {{ ref('int_attribution__learnt_journeys') }}

),

-- The only pass over all touches: each carries as little as possible through the sort. One number for journey and
-- window (there are fewer windows than models), and narrow ones for the order, sort in half the time. Equal moments
-- are in the order of touchpoint ids, which is that of id_rank.
steps as (

    select
        positions.window_id,
        journeys.block,
        positions.channel_number,
        lead(positions.channel_number) over (
            partition by positions.opportunity_key * 1000 + positions.window_id
            order by positions.occurred_at, positions.id_rank
        ) as next_channel_number
    from {{ ref('int_journeys__positions') }} as positions
    inner join windows
        on positions.window_id = windows.window_id
    inner join journeys
        on positions.opportunity_key = journeys.opportunity_key

),

starts as (

    select
        positions.window_id,
        journeys.block,
        positions.channel_number,
        count(*) as transitions
    from {{ ref('int_journeys__positions') }} as positions
    inner join windows
        on positions.window_id = windows.window_id
    inner join journeys
        on positions.opportunity_key = journeys.opportunity_key
    where positions.is_first_touch
    group by positions.window_id, journeys.block, positions.channel_number

),

ends as (

    select
        positions.window_id,
        journeys.block,
        positions.channel_number,
        journeys.is_won,
        count(*) as transitions,
        sum(case when journeys.is_won then journeys.amount else 0 end) as won_amount
    from {{ ref('int_journeys__positions') }} as positions
    inner join windows
        on positions.window_id = windows.window_id
    inner join journeys
        on positions.opportunity_key = journeys.opportunity_key
    where positions.is_close
    group by positions.window_id, journeys.block, positions.channel_number, journeys.is_won

)

select
    window_id,
    block,
    {{ start_state }} as from_state,
    channel_number as to_state,
    transitions,
    cast(0 as decimal(18, 2)) as won_amount
from starts

union all

-- From a channel to itself is no step: leaving such steps out changes no probability of winning.
select
    window_id,
    block,
    channel_number as from_state,
    next_channel_number as to_state,
    count(*) as transitions,
    cast(0 as decimal(18, 2)) as won_amount
from steps
where channel_number != next_channel_number
group by window_id, block, channel_number, next_channel_number

union all

select
    window_id,
    block,
    channel_number as from_state,
    case when is_won then {{ won_state }} else {{ lost_state }} end as to_state,
    transitions,
    cast(won_amount as decimal(18, 2)) as won_amount
from ends
