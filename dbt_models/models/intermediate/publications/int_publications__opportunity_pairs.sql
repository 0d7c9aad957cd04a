with

pair as (

    select * from {{ ref('int_publications__pair') }}
    where previous_number is not null

),

before as (

    {{ state_before(ref('stg_audit__kept_opportunities')) | indent(4) }}

),

today as (

    select * from {{ ref('int_publications__opportunities') }}

),

-- Where a record that gave the originator yesterday belongs today.
records as (

    select
        records.record_id,
        min(person_identifiers.person_id) as person_id
    from {{ ref('int_identity__record_creations') }} as records
    inner join {{ ref('int_identity__person_identifiers') }} as person_identifiers
        on
            records.identifier_type = person_identifiers.identifier_type
            and records.record_id = person_identifiers.identifier
    group by records.record_id

),

credit_before as (

    {{ state_before(ref('stg_audit__kept_credit')) | indent(4) }}

),

credit_differences as (

    select
        coalesce(before.opportunity_id, today.opportunity_id) as opportunity_id,
        max(case when before.amount = today.amount then 0 else 1 end) as has_difference
    from credit_before as before
    full outer join {{ ref('int_publications__credit') }} as today
        on
            before.opportunity_id = today.opportunity_id
            and before.channel = today.channel
    group by coalesce(before.opportunity_id, today.opportunity_id)

),

joined as (

    select
        coalesce(today.opportunity_id, before.opportunity_id) as opportunity_id,
        before.opportunity_id is not null as was_there,
        today.opportunity_id is not null as is_there,
        {%- for column in [
            'is_won', 'outcome', 'account_id', 'created_at', 'created_month', 'close_date', 'closed_month',
            'amount_original', 'currency', 'exchange_rate', 'amount', 'originator_team', 'originator_user_id',
            'originator_record_id', 'originator_person_id', 'deal_mark', 'touch_mark', 'person_mark',
        ] %}
        before.{{ column }} as previous_{{ column }},
        today.{{ column }} as current_{{ column }},
        {%- endfor %}
        records.person_id as previous_record_person_id,
        coalesce(credit_differences.has_difference, 0) = 1 as is_credit_changed,
        pair.is_data_moved,
        pair.is_configuration_moved,
        pair.is_definition_moved,
        pair.people_rules_cause,
        pair.touch_rules_cause,
        pair.previous_report_model <> pair.report_model as is_report_model_moved,
        pair.is_reporting_currency_moved
    from before
    full outer join today
        on before.opportunity_id = today.opportunity_id
    cross join pair
    left join records
        on before.originator_record_id = records.record_id
    left join credit_differences
        on coalesce(today.opportunity_id, before.opportunity_id) = credit_differences.opportunity_id

),

-- An opportunity that is closed has the rate of its close, an open one that of AS_OF.
moved as (

    select
        *,
        not {{ is_same('previous_deal_mark', 'current_deal_mark') }} as is_deal_moved,
        not {{ is_same('previous_currency', 'current_currency') }}
        or (previous_outcome = 'open') <> (current_outcome = 'open')
        or (
            current_outcome <> 'open'
            and not {{ is_same('previous_close_date', 'current_close_date') }}
        ) as is_other_rate_due,
        not {{ is_same('previous_exchange_rate', 'current_exchange_rate') }} as is_rate_moved,
        not {{ is_same('previous_touch_mark', 'current_touch_mark') }} as is_touch_moved,
        not {{ is_same('previous_person_mark', 'current_person_mark') }} as is_person_moved,
        not {{ is_same('previous_created_at', 'current_created_at') }}
        or not {{ is_same('previous_close_date', 'current_close_date') }}
        or not {{ is_same('previous_account_id', 'current_account_id') }} as is_timing_moved,
        {{ is_same('previous_originator_record_id', 'current_originator_record_id') }}
        and {{ is_same('previous_originator_user_id', 'current_originator_user_id') }} as is_originator_the_same
    from joined
    where
        not was_there
        or not is_there
        or is_credit_changed
        {%- for column in ['is_won', 'created_month', 'closed_month', 'amount', 'originator_team'] %}
        or not {{ is_same('previous_' ~ column, 'current_' ~ column) }}
        {%- endfor %}

)

select
    *,
    -- The amount once the facts are today's and the rate is still yesterday's. Where the facts ask for another rate, as
    -- another currency or date does, the rate belongs to them.
    case
        when not is_there then cast(0 as decimal(18, 2))
        when not was_there or is_other_rate_due or not is_rate_moved then current_amount
        when {{ is_same('previous_amount_original', 'current_amount_original') }} then previous_amount
        when previous_exchange_rate is null then current_amount
        else {{ convert_money(
            'coalesce(current_amount_original, 0)', 'cast(1 as decimal(28, 12))', 'previous_exchange_rate'
        ) }}
    end as amount_at_previous_rate,
    case
        when not was_there then {{ cause_of("'new_deal'", 'true', "'new_deal'") }}
        when not is_there then {{ cause_of("'deletion'", 'true', "'deletion'") }}
        else {{ cause_of("'deal_changed'", 'is_deal_moved', "'late_data'") }}
    end as facts_cause,
    case
        when is_reporting_currency_moved then 'configuration'
        else {{ cause_of("'currency'", 'true', "'currency'") }}
    end as rate_cause,
    case
        when is_originator_the_same then {{ cause_of("'originator'", 'false', "'originator'") }}
        else {{ cause_of(
            "case
                when previous_record_person_id = current_originator_person_id
                    then coalesce(people_rules_cause, 'identity')
                else 'originator'
            end",
            'true', "'originator'"
        ) }}
    end as originator_cause,
    {{ cause_of(
        "case
            when is_timing_moved and is_deal_moved then 'deal_changed'
            when is_person_moved then coalesce(people_rules_cause, 'identity')
            else coalesce(touch_rules_cause, 'late_data')
        end",
        'is_touch_moved or is_person_moved or (is_timing_moved and is_deal_moved)', "'late_data'"
    ) }} as credit_cause,
    case
        when is_definition_moved and not is_configuration_moved then 'definition'
        else 'configuration'
    end as model_cause,
    is_touch_moved
    or is_person_moved
    or is_timing_moved
    or is_configuration_moved
    or is_definition_moved
    or (
        {{ is_same('previous_amount', 'current_amount') }}
        and {{ is_same('previous_is_won', 'current_is_won') }}
    ) as is_credit_recomputed
from moved
