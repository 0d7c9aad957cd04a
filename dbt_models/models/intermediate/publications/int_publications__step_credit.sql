with

asked as (

    select * from {{ ref('int_publications__steps') }}

),

changed as (

    select distinct opportunity_id from asked

),

kept as (

    {{ state_before(ref('stg_audit__kept_credit')) | indent(4) }}

),

-- Today's touches in the model that was published before.
in_previous_model as (

    select
        credit.opportunity_id,
        case
            when credit.touchpoint_id is null then 'unattributed'
            else coalesce(credit.channel, 'unmapped')
        end as channel,
        credit.attributed_amount as amount
    from {{ ref('fct_attribution') }} as credit
    inner join {{ ref('int_publications__pair') }} as pair
        on credit.model = pair.previous_report_model
    inner join asked
        on credit.opportunity_id = asked.opportunity_id
    where
        credit.outcome = 'won'
        and asked.credit_from = 'today_in_previous_model'

),

in_previous_model_given as (

    select distinct opportunity_id from in_previous_model

),

-- A model that isn't computed any more shares nothing: the step before the last takes over the new one.
steps as (

    select
        asked.opportunity_id,
        asked.step,
        asked.won_amount,
        case
            when asked.credit_from = 'today_in_previous_model' and given_before.opportunity_id is null then 'today'
            else asked.credit_from
        end as credit_from
    from asked
    left join in_previous_model_given as given_before
        on asked.opportunity_id = given_before.opportunity_id

),

-- Credit that a step takes over as it is.
taken_over as (

    select
        opportunity_id,
        'kept' as credit_from,
        channel,
        amount
    from kept

    union all

    select
        opportunity_id,
        'today' as credit_from,
        channel,
        amount
    from {{ ref('int_publications__credit') }}

    union all

    select
        opportunity_id,
        'today_in_previous_model' as credit_from,
        channel,
        amount
    from in_previous_model

),

parts as (

    select
        kept.opportunity_id,
        'yesterday' as credit_from,
        kept.channel,
        kept.amount
    from kept
    inner join changed
        on kept.opportunity_id = changed.opportunity_id

    union all

    select
        today.opportunity_id,
        'today_shared' as credit_from,
        today.channel,
        today.amount
    from {{ ref('int_publications__credit') }} as today
    inner join changed
        on today.opportunity_id = changed.opportunity_id

),

totals as (

    select
        *,
        {{ amount_to_cents('abs(amount)') }} as part_cents,
        sum({{ amount_to_cents('abs(amount)') }}) over (partition by opportunity_id, credit_from) as total_cents
    from parts

),

-- The amount of the step, shared in proportion.
shared as (

    select
        steps.opportunity_id,
        steps.step,
        totals.channel,
        steps.won_amount < 0 as is_negative,
        {{ amount_to_cents('abs(steps.won_amount)') }} as cents,
        cast(totals.part_cents as bigint) as part_cents,
        cast(totals.total_cents as bigint) as total_cents
    from steps
    inner join totals
        on
            steps.opportunity_id = totals.opportunity_id
            and steps.credit_from = totals.credit_from
    where
        steps.credit_from in ('yesterday', 'today_shared')
        and totals.total_cents > 0

),

whole as (

    select
        *,
        {{ whole_cents_of('cents', 'part_cents', 'total_cents') }} as whole_cents
    from shared

),

remainders as (

    select
        *,
        {{ remainder_of('cents', 'part_cents', 'total_cents', 'whole_cents') }} as remainder,
        cents - sum(whole_cents) over (partition by opportunity_id, step) as spare_cents
    from whole

),

-- Largest remainder; between equal ones, the channel that comes first by name.
queued as (

    select
        *,
        row_number() over (partition by opportunity_id, step order by remainder desc, channel asc) as place
    from remainders

),

given as (

    select distinct
        opportunity_id,
        step
    from queued

),

unioned as (

    select
        opportunity_id,
        step,
        channel,
        {{ cents_to_amount(
            '(whole_cents + case when place <= spare_cents then 1 else 0 end) * case when is_negative then -1 else 1 end'
        ) }} as amount
    from queued

    union all

    -- Nobody to share it: the amount is nobody's until the last step.
    select
        steps.opportunity_id,
        steps.step,
        'unattributed' as channel,
        steps.won_amount as amount
    from steps
    left join given
        on
            steps.opportunity_id = given.opportunity_id
            and steps.step = given.step
    where
        steps.credit_from in ('yesterday', 'today_shared')
        and given.opportunity_id is null

    union all

    select
        steps.opportunity_id,
        steps.step,
        taken_over.channel,
        taken_over.amount
    from steps
    inner join taken_over
        on
            steps.opportunity_id = taken_over.opportunity_id
            and steps.credit_from = taken_over.credit_from

)

select
    opportunity_id,
    step,
    channel,
    cast(sum(amount) as decimal(18, 2)) as amount
from unioned
where amount <> 0
group by opportunity_id, step, channel
