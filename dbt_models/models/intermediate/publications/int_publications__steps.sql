{#-
  The steps from yesterday's state of an opportunity to today's: each takes over one part of it, in this order.
-#}
{%- set steps = ['before', 'facts', 'rate', 'originator', 'credit', 'model'] %}
with

shared as (

    select
        *,
        was_there and previous_is_won and previous_amount <> 0 and is_credit_recomputed as is_shared_as_before
    from {{ ref('int_publications__opportunity_pairs') }}

),

unioned as (

    {%- for step in steps %}
    select
        opportunity_id,
        {{ loop.index0 }} as step,
        '{{ step }}' as step_name,
        {%- if step == 'before' %}
        cast(null as {{ dbt.type_string() }}) as cause,
        was_there as is_there,
        previous_is_won as is_won,
        previous_created_month as created_month,
        previous_closed_month as closed_month,
        previous_amount as amount,
        {%- else %}
        {{ step }}_cause as cause,
        is_there,
        current_is_won as is_won,
        current_created_month as created_month,
        current_closed_month as closed_month,
        {{ 'amount_at_previous_rate' if step == 'facts' else 'current_amount' }} as amount,
        {%- endif %}
        {%- if step in ['before', 'facts', 'rate'] %}
        {%- if step == 'before' %}
        previous_originator_team as originator_team,
        {%- else %}
        case when was_there then previous_originator_team else current_originator_team end as originator_team,
        {%- endif %}
        {%- else %}
        current_originator_team as originator_team,
        {%- endif %}
        {%- if step == 'before' %}
        'kept' as credit_from
        {%- elif step == 'model' %}
        'today' as credit_from
        {%- elif step == 'credit' %}
        case when is_shared_as_before and is_report_model_moved then 'today_in_previous_model' else 'today' end
            as credit_from
        {%- else %}
        -- Yesterday's touches share the amount of the step, where a later step takes over today's.
        case
            when is_shared_as_before then 'yesterday'
            {%- if step == 'facts' %}
            -- Where only the rate moved, a cent that is rounded otherwise is the rate's.
            when was_there and previous_is_won and current_is_won and amount_at_previous_rate = previous_amount
                then 'kept'
            {%- endif %}
            else 'today_shared'
        end as credit_from
        {%- endif %}
    from shared
    {{ 'union all' if not loop.last }}
    {%- endfor %}

)

select
    opportunity_id,
    step,
    step_name,
    cause,
    created_month,
    closed_month,
    coalesce(originator_team, 'unmapped') as originator_team,
    cast(coalesce(amount, 0) as decimal(18, 2)) as amount,
    cast(case when is_won then coalesce(amount, 0) else 0 end as decimal(18, 2)) as won_amount,
    credit_from
from unioned
where is_there
