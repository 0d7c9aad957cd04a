{{ config(materialized='view') }}
{#-
  Intervals come from drawing journeys again with replacement. Journeys in 500 blocks are drawn by the block, which costs
  the same for any number of them; up to 500 deals, a block is one journey. Widths are then off by 3 % (one by the square
  root of twice the blocks); more blocks cost time in proportion.
-#}
{%- set blocks = 500 %}
{#- A polynomial modulo the prime 2^31 - 1 scatters neighbouring keys, which were made in the same weeks. -#}
{%- set prime = 2147483647 %}
with

opportunities as (

    select * from {{ ref('int_journeys__opportunities') }}

),

size as (

    select max(opportunity_key) as largest_key
    from opportunities

)

select
    opportunities.opportunity_key,
    opportunities.outcome = 'won' as is_won,
    opportunities.amount,
    cast(
        case
            when size.largest_key <= {{ blocks }} then opportunities.opportunity_key
            else
                (
                    (opportunities.opportunity_key * 1103515245 + 453816693) % {{ prime }}
                    * opportunities.opportunity_key + 1500450271
                ) % {{ prime }} % {{ blocks }} + 1
        end
        as smallint
    ) as block
from opportunities
cross join size
cross join {{ ref('stg_reference__run_context') }} as run_context
where
    opportunities.outcome in ('won', 'lost')
    and (
        coalesce(run_context.learning_days, 0) = 0
        or opportunities.closed_at >= {{ dbt.dateadd('day', '-run_context.learning_days', 'run_context.as_of') }}
    )
