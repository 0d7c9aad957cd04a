with

models as (

    select
        model,
        window_id
    from {{ ref('int_attribution__learning') }}
    where method = 'markov'

),

transitions as (

    select
        window_id,
        from_state,
        to_state,
        sum(transitions) as transitions,
        sum(won_amount) as won_amount
    from {{ ref('int_attribution__channel_transitions') }}
    group by window_id, from_state, to_state

),

channels as (

    select * from {{ ref('int_attribution__channels') }}

)

select
    models.model,
    case
        when transitions.from_state = 0 then 'first'
        when transitions.to_state = -1 then 'won'
        when transitions.to_state = -2 then 'lost'
        else 'between'
    end as transition_type,
    from_channels.channel as from_channel,
    to_channels.channel as to_channel,
    cast(transitions.transitions as bigint) as transitions,
    cast(transitions.transitions as double) / cast(
        sum(transitions.transitions) over (partition by models.model, transitions.from_state) as double
    ) as probability,
    cast(transitions.won_amount as decimal(18, 2)) as won_amount
from models
inner join transitions
    on models.window_id = transitions.window_id
left join channels as from_channels
    on transitions.from_state = from_channels.channel_number
left join channels as to_channels
    on transitions.to_state = to_channels.channel_number
