{#-
  A set of channels is a bit mask in a whole number of 63 bits. A company with more channels than that keeps its 62
  largest apart, and the others share one bit.
-#}
{%- set most_bits = 63 %}
with

channels as (

    select
        channel_number,
        {{ dbt.any_value('channel') }} as channel,
        count(*) as touches
    from {{ ref('int_touchpoints__touches') }}
    group by channel_number

),

ranked as (

    select
        channel_number,
        channel,
        touches,
        row_number() over (order by touches desc, channel asc) as size_rank,
        count(*) over () as channels
    from channels

),

placed as (

    select
        *,
        channels > {{ most_bits }} and size_rank >= {{ most_bits }} as is_pooled,
        -- In the order of the names; the shared bit is the last.
        case
            when channels > {{ most_bits }} and size_rank >= {{ most_bits }} then {{ most_bits - 1 }}
            else
                count(case when channels <= {{ most_bits }} or size_rank < {{ most_bits }} then 1 end)
                    over (order by channel_number rows between unbounded preceding and current row)
                - 1
        end as bit_number
    from ranked

)

select
    channel_number,
    channel,
    cast(power(2, bit_number) as bigint) as channel_bit,
    touches
from placed
