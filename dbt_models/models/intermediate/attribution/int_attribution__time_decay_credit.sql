{%- set microseconds_per_day = 86400000000 %}
with

models as (

    select
        windows.model_key,
        windows.window_id,
        windows.half_life_days
    from {{ ref('stg_reference__attribution_models') }} as models
    inner join {{ ref('int_journeys__model_windows') }} as windows
        on models.model = windows.model
    where
        models.enabled
        and models.method = 'time_decay'

),

positions as (

    select * from {{ ref('int_journeys__positions') }}

),

-- One row per opportunity and model, with its latest touch if it has any.
journeys as (

    select
        cast(row_number() over (order by models.model_key, opportunities.opportunity_key) as integer) as journey_key,
        opportunities.opportunity_key,
        opportunities.amount < 0 as is_negative,
        {{ amount_to_cents('abs(opportunities.amount)') }} as cents,
        -- A close that is known only by its date counts whole days: a touch on the closing day is 0 days before.
        coalesce(opportunities.closed_at_precision = 'date', false) as is_dated,
        models.model_key,
        models.window_id,
        models.half_life_days,
        latest_touches.occurred_at as latest_at,
        {{ company_date('latest_touches.occurred_at') }} as latest_date
    from {{ ref('int_journeys__opportunities') }} as opportunities
    cross join models
    left join positions as latest_touches
        on
            opportunities.opportunity_key = latest_touches.opportunity_key
            and models.window_id = latest_touches.window_id
            and latest_touches.is_close

),

-- Days are counted back from the latest touch instead of from the close: normalising cancels the difference, and a
-- journey that ended long before the close doesn't shrink to nothing.
aged as (

    select
        journeys.journey_key,
        positions.touch_key,
        {{ position_mask(
            'positions.is_first_touch', 'positions.is_lead_creation', 'positions.is_opportunity_creation',
            'positions.is_close'
        ) }} as position_mask,
        case
            when journeys.is_dated
                then {{ dbt.datediff(company_date('positions.occurred_at'), 'journeys.latest_date', 'day') }}
            else
                {{ dbt.datediff('positions.occurred_at', 'journeys.latest_at', 'microsecond') }}
                / cast({{ microseconds_per_day }} as double)
        end / journeys.half_life_days as half_lives
    from positions
    inner join journeys
        on
            positions.window_id = journeys.window_id
            and positions.opportunity_key = journeys.opportunity_key

),

-- Weights as whole numbers in units of 2^-52, what a double resolves next to 1: sums then don't depend on the order of
-- the rows, and a power of two stays exact. A touch 52 half-lives before the latest keeps its row with no cents.
weighted as (

    select
        journey_key,
        touch_key,
        position_mask,
        power(2, -half_lives) as decay,
        cast(round(power(2, 52 - half_lives)) as bigint) as units
    from aged

),

unit_sums as (

    select
        journey_key,
        sum({{ exact_integer('units') }}) as total_units
    from weighted
    group by journey_key

),

totals as (

    select
        unit_sums.journey_key,
        unit_sums.total_units,
        {{ exact_integer('journeys.cents') }} as cents
    from unit_sums
    inner join journeys
        on unit_sums.journey_key = journeys.journey_key

),

products as (

    select
        weighted.journey_key,
        weighted.touch_key,
        weighted.position_mask,
        weighted.decay / (cast(totals.total_units as double) / power(2, 52)) as weight,
        totals.cents * weighted.units as product,
        totals.total_units
    from weighted
    inner join totals
        on weighted.journey_key = totals.journey_key

),

shared as (

    select
        *,
        {{ integer_quotient('product', 'total_units') }} as whole_cents
    from products

),

-- Largest remainder, ties to the lowest touchpoint id: both in one number, which no two touches of a journey share.
claims as (

    select
        journey_key,
        touch_key,
        position_mask,
        weight,
        cast(whole_cents as bigint) as whole_cents,
        product > whole_cents * total_units as has_remainder,
        (product - whole_cents * total_units) * 4294967296 + 4294967295 - touch_key as claim
    from shared

),

-- Touches that divide without a remainder, mostly those too old for any cent, need not be sorted.
claimed as (

    select
        journey_key,
        {{ descending_list('claim', 'has_remainder') }} as claims,
        sum(whole_cents) as whole_cents
    from claims
    group by journey_key

),

-- The smallest claim that still gets one of the cents left over; null when none is left.
limits as (

    select
        journeys.*,
        {{ nth_of_list('claimed.claims', 'cast(journeys.cents - claimed.whole_cents as bigint)') }} as limit_claim
    from claimed
    inner join journeys
        on claimed.journey_key = journeys.journey_key

)

select
    limits.opportunity_key,
    limits.model_key,
    claims.touch_key,
    claims.position_mask,
    {{ credit_status("'credited'") }} as credit_status,
    claims.weight,
    case when limits.is_negative then -claims.whole_cents else claims.whole_cents end as whole_cents,
    case
        when claims.claim < limits.limit_claim or limits.limit_claim is null then 0
        when limits.is_negative then -1
        else 1
    end as rounding_cents
from claims
inner join limits
    on claims.journey_key = limits.journey_key

union all

select
    opportunity_key,
    model_key,
    null as touch_key,
    null as position_mask,
    {{ credit_status("'unattributed'") }} as credit_status,
    cast(1 as double) as weight,
    case when is_negative then -cents else cents end as whole_cents,
    0 as rounding_cents
from journeys
where latest_at is null
