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

-- The only pass over all touches: what came before each one, and how many journeys ended with it.
touches as (

    select
        positions.window_id,
        journeys.block,
        positions.previous_channel_number,
        positions.channel_number,
        count(*) as touches,
        count(*) filter (where positions.is_close and journeys.is_won) as won_journeys,
        count(*) filter (where positions.is_close and not journeys.is_won) as lost_journeys,
        sum(journeys.amount) filter (where positions.is_close and journeys.is_won) as won_amount
    from {{ ref('int_journeys__positions') }} as positions
    inner join windows
        on positions.window_id = windows.window_id
    inner join {{ ref('int_attribution__learnt_journeys') }} as journeys
        on positions.opportunity_key = journeys.opportunity_key
    group by
        positions.window_id,
        journeys.block,
        positions.previous_channel_number,
        positions.channel_number

),

ends as (

    select
        window_id,
        block,
        channel_number,
        sum(won_journeys) as won_journeys,
        sum(lost_journeys) as lost_journeys,
        sum(won_amount) as won_amount
    from touches
    group by window_id, block, channel_number

)

-- From a channel to itself is no step: leaving such steps out changes no probability of winning.
select
    window_id,
    block,
    coalesce(previous_channel_number, {{ start_state }}) as from_state,
    channel_number as to_state,
    touches as transitions,
    cast(0 as decimal(18, 2)) as won_amount
from touches
where previous_channel_number is null or previous_channel_number != channel_number

union all

select
    window_id,
    block,
    channel_number as from_state,
    {{ won_state }} as to_state,
    cast(won_journeys as bigint) as transitions,
    cast(won_amount as decimal(18, 2)) as won_amount
from ends
where won_journeys > 0

union all

select
    window_id,
    block,
    channel_number as from_state,
    {{ lost_state }} as to_state,
    cast(lost_journeys as bigint) as transitions,
    cast(0 as decimal(18, 2)) as won_amount
from ends
where lost_journeys > 0
