with

models as (

    select model from {{ ref('stg_reference__attribution_models') }}
    where enabled

),

credit as (

    select
        model,
        case when touchpoint_id is null then 'unattributed' else channel end as channel,
        touchpoint_id is not null as has_touch,
        sum(case when outcome = 'won' then attributed_amount else 0 end) as won_amount,
        sum(case when credit_status = 'pending' then attributed_amount else 0 end) as pending_amount
    from {{ ref('fct_attribution') }}
    where
        outcome = 'won'
        or credit_status = 'pending'
        or credit_status = 'unattributed'
    group by
        model,
        touchpoint_id is not null,
        case when touchpoint_id is null then 'unattributed' else channel end

),

channels as (

    select distinct
        channel,
        has_touch
    from credit

),

-- Every channel in every model: a model that gives a channel nothing is what the comparison is for.
filled as (

    select
        channels.channel,
        channels.has_touch,
        models.model,
        cast(coalesce(credit.won_amount, 0) as decimal(18, 2)) as won_amount,
        cast(coalesce(credit.pending_amount, 0) as decimal(18, 2)) as pending_amount
    from channels
    cross join models
    left join credit
        on
            channels.channel = credit.channel
            and channels.has_touch = credit.has_touch
            and models.model = credit.model

),

shared as (

    select
        *,
        cast(won_amount as double)
        / nullif(cast(sum(won_amount) over (partition by model) as double), 0) as won_share,
        case
            when has_touch
                then rank() over (partition by model, has_touch order by won_amount desc)
        end as channel_rank
    from filled

)

select
    channel,
    model,
    won_amount,
    won_share,
    cast(channel_rank as integer) as channel_rank,
    pending_amount,
    min(won_amount) over (partition by channel, has_touch) as min_won_amount,
    max(won_amount) over (partition by channel, has_touch) as max_won_amount,
    cast(
        max(won_amount) over (partition by channel, has_touch)
        - min(won_amount) over (partition by channel, has_touch) as decimal(18, 2)
    ) as spread_amount,
    max(won_share) over (partition by channel, has_touch)
    - min(won_share) over (partition by channel, has_touch) as spread_share,
    cast(min(channel_rank) over (partition by channel, has_touch) as integer) as best_rank,
    cast(max(channel_rank) over (partition by channel, has_touch) as integer) as worst_rank
from shared
