{{ config(materialized='view') }}
{%- set microseconds_per_day = 86400000000 %}
with

models as (

    select
        models.model,
        windows.window_id,
        coalesce(models.half_life_days, run_context.half_life_days, 7) as half_life_days
    from {{ ref('stg_reference__attribution_models') }} as models
    inner join {{ ref('int_journeys__model_windows') }} as windows
        on models.model = windows.model
    cross join {{ ref('stg_reference__run_context') }} as run_context
    where
        models.enabled
        and models.method = 'time_decay'

),

opportunities as (

    select
        opportunity_key,
        amount,
        -- A close that is known only by its date counts whole days: a touch on the closing day is 0 days before.
        coalesce(closed_at_precision = 'date', false) as is_dated,
        {{ exact_integer('abs(amount) * 100') }} as cents
    from {{ ref('int_journeys__opportunities') }}

),

positions as (

    select * from {{ ref('int_journeys__positions') }}

),

latest_touches as (

    select
        window_id,
        opportunity_key,
        occurred_at as latest_at
    from positions
    where is_close

),

-- Days are counted back from the latest touch instead of from the close: normalising cancels the difference, and a
-- journey that ended long before the close doesn't shrink to nothing.
aged as (

    select
        models.model,
        opportunities.opportunity_key,
        opportunities.amount,
        opportunities.cents,
        positions.touch_key,
        positions.id_rank,
        positions.is_first_touch,
        positions.is_lead_creation,
        positions.is_opportunity_creation,
        positions.is_close,
        case
            when opportunities.is_dated
                then {{ dbt.datediff(
                    company_date('positions.occurred_at'), company_date('latest_touches.latest_at'), 'day'
                ) }}
            else
                {{ dbt.datediff('positions.occurred_at', 'latest_touches.latest_at', 'microsecond') }}
                / cast({{ microseconds_per_day }} as double)
        end / models.half_life_days as half_lives
    from positions
    inner join models
        on positions.window_id = models.window_id
    inner join opportunities
        on positions.opportunity_key = opportunities.opportunity_key
    inner join latest_touches
        on
            positions.window_id = latest_touches.window_id
            and positions.opportunity_key = latest_touches.opportunity_key

),

-- Weights as whole numbers in units of 2^-52, what a double resolves next to 1: sums then don't depend on the order of
-- the rows, and a power of two stays exact. A touch 52 half-lives before the latest keeps its row with no cents.
weighted as (

    select
        *,
        power(2, -half_lives) as decay,
        {{ exact_integer('cast(round(power(2, 52 - half_lives)) as bigint)') }} as units
    from aged

),

totals as (

    select
        model,
        opportunity_key,
        sum(units) as total_units
    from weighted
    group by model, opportunity_key

),

shared as (

    select
        weighted.*,
        totals.total_units,
        {{ integer_quotient('weighted.cents * weighted.units', exact_integer('totals.total_units')) }} as whole_cents
    from weighted
    inner join totals
        on
            weighted.model = totals.model
            and weighted.opportunity_key = totals.opportunity_key

),

spare as (

    select
        model,
        opportunity_key,
        min(cents) - sum(whole_cents) as spare_cents
    from shared
    group by model, opportunity_key

),

-- Largest remainder, ties to the lowest touchpoint id.
queued as (

    select
        *,
        row_number() over (
            partition by model, opportunity_key
            order by cents * units - whole_cents * total_units desc, id_rank
        ) as queue_number
    from shared

),

rounded as (

    select
        queued.*,
        queued.whole_cents + case when queued.queue_number <= spare.spare_cents then 1 else 0 end as credit_cents
    from queued
    inner join spare
        on
            queued.model = spare.model
            and queued.opportunity_key = spare.opportunity_key

),

unattributed as (

    select
        opportunities.opportunity_key,
        opportunities.amount,
        models.model
    from opportunities
    cross join models
    left join latest_touches
        on
            opportunities.opportunity_key = latest_touches.opportunity_key
            and models.window_id = latest_touches.window_id
    where latest_touches.opportunity_key is null

)

select
    opportunity_key,
    model,
    touch_key,
    {{ position_names(
        '(case when is_first_touch then 1 else 0 end + case when is_lead_creation then 2 else 0 end'
        ~ ' + case when is_opportunity_creation then 4 else 0 end + case when is_close then 8 else 0 end)'
    ) }} as positions,
    'credited' as credit_status,
    decay / (cast(total_units as double) / power(2, 52)) as weight,
    {{ cents_to_amount('case when amount < 0 then -credit_cents else credit_cents end') }} as attributed_amount
from rounded

union all

select
    opportunity_key,
    model,
    null as touch_key,
    null as positions,
    'unattributed' as credit_status,
    cast(1 as double) as weight,
    amount as attributed_amount
from unattributed
