{{ config(materialized='view') }}

select
    credit.opportunity_id,
    credit.model,
    touchpoints.touchpoint_id,
    cast(
        case
            when credit.touch_key is not null
                then dense_rank() over (
                    partition by credit.opportunity_id, credit.model
                    order by touchpoints.occurred_at, touchpoints.touchpoint_id
                )
        end as integer
    ) as touch_number,
    touchpoints.occurred_at,
    touchpoints.person_id,
    touchpoints.channel,
    touchpoints.touch_type,
    cast(credit.positions as {{ dbt.type_string() }}) as positions,
    cast(credit.credit_status as {{ dbt.type_string() }}) as credit_status,
    opportunities.outcome,
    case
        when credit.touch_key is null then 'no eligible touch, or none in a position of the model'
        when rules.touch_rule is not null then rules.touch_rule
        when credit.credit_status = 'pending' then rules.close_rule || ', waiting for the close'
        else
            coalesce(
                nullif(
                    concat_ws(
                        ' + ',
                        case when credit.positions like '%FT%' then rules.first_touch_rule end,
                        case when credit.positions like '%LC%' then rules.lead_creation_rule end,
                        case when credit.positions like '%OC%' then rules.opportunity_creation_rule end,
                        -- The close of an open opportunity has a row of its own.
                        case
                            when credit.positions like '%CW%' and opportunities.outcome != 'open' then rules.close_rule
                        end
                    ),
                    ''
                ),
                rules.middle_rule
            )
    end as rule,
    credit.nominal_weight as share_before_redistribution,
    credit.weight as share,
    opportunities.amount as opportunity_amount,
    credit.rounding_amount,
    credit.attributed_amount,
    touchpoints.source_system,
    touchpoints.source_object,
    touchpoints.source_file,
    touchpoints.source_record_id
from {{ ref('int_attribution__credit') }} as credit
inner join {{ ref('int_journeys__opportunities') }} as opportunities
    on credit.opportunity_key = opportunities.opportunity_key
inner join {{ ref('int_attribution__rules') }} as rules
    on credit.model = rules.model
left join {{ ref('fct_touchpoints') }} as touchpoints
    on credit.touch_key = touchpoints.touch_key
