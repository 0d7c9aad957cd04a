{{ config(materialized='view') }}
{#-
  Intervals come from drawing journeys again with replacement. Journeys in 500 blocks are drawn by the block, which
  costs the same for any number of them; up to 500 opportunities, a block is one journey. Widths are then off by 3 %
  (one by the square root of twice the blocks); more blocks cost time in proportion.
-#}
{%- set blocks = 500 %}
{#- A polynomial modulo the prime 2^31 - 1 scatters neighbouring keys, which were made in the same weeks. -#}
{%- set prime = 2147483647 %}
with

size as (

    select max(opportunity_key) as largest_key
    from {{ ref('int_journeys__opportunities') }}

),

limits as (

    select
        size.largest_key,
        run_context.bootstrap_samples,
        case
            when coalesce(run_context.learning_days, 0) > 0
                then {{ dbt.dateadd('day', '-run_context.learning_days', 'run_context.as_of') }}
        end as learns_from
    from size
    cross join {{ ref('stg_reference__run_context') }} as run_context

)

select
    opportunities.opportunity_key,
    opportunities.outcome = 'won' as is_won,
    opportunities.amount,
    cast(
        case
            -- Without intervals one block will do, and counts are found a third faster.
            when limits.bootstrap_samples = 0 then 1
            when limits.largest_key <= {{ blocks }} then opportunities.opportunity_key
            else
                (
                    (cast(opportunities.opportunity_key as bigint) * 1103515245 + 453816693) % {{ prime }}
                    * opportunities.opportunity_key + 1500450271
                ) % {{ prime }} % {{ blocks }} + 1
        end
        as smallint
    ) as block
from {{ ref('int_journeys__opportunities') }} as opportunities
cross join limits
where
    opportunities.outcome in ('won', 'lost')
    and (limits.learns_from is null or opportunities.closed_at >= limits.learns_from)
