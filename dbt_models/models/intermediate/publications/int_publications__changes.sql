with

pair as (

    select * from {{ ref('int_publications__pair') }}
    where previous_number is not null

),

-- What every step says of every figure that the opportunity is part of.
opportunity_figures as (

    select
        opportunity_id,
        step,
        'won_revenue' as figure,
        closed_month as report_month,
        '' as member,
        won_amount as amount
    from {{ ref('int_publications__steps') }}

    union all

    select
        opportunity_id,
        step,
        'originated' as figure,
        closed_month as report_month,
        originator_team as member,
        won_amount as amount
    from {{ ref('int_publications__steps') }}

    union all

    select
        opportunity_id,
        step,
        'pipeline' as figure,
        created_month as report_month,
        '' as member,
        amount
    from {{ ref('int_publications__steps') }}

    union all

    select
        credit.opportunity_id,
        credit.step,
        'credited' as figure,
        steps.closed_month as report_month,
        credit.channel as member,
        credit.amount
    from {{ ref('int_publications__step_credit') }} as credit
    inner join {{ ref('int_publications__steps') }} as steps
        on
            credit.opportunity_id = steps.opportunity_id
            and credit.step = steps.step

),

-- A step's change is what it says less what the step before it said.
differences as (

    select
        opportunity_id,
        step,
        figure,
        report_month,
        member,
        amount
    from opportunity_figures
    where step > 0

    union all

    select
        opportunity_id,
        step + 1 as step,
        figure,
        report_month,
        member,
        -amount as amount
    from opportunity_figures
    where step < 5

),

-- A step that moves nothing of a figure has nothing to say of it.
step_changes as (

    select
        opportunity_id,
        step,
        figure,
        report_month,
        member,
        sum(amount) as amount
    from differences
    group by opportunity_id, step, figure, report_month, member
    having sum(amount) <> 0

),

-- Each step in words.
told as (

    select
        opportunity_id,
        facts_cause,
        rate_cause,
        originator_cause,
        credit_cause,
        model_cause,
        case
            when not was_there then 'not there before'
            when not is_there then 'no longer there'
            else
                'was ' || coalesce(previous_outcome, '') || ', '
                || coalesce(cast(previous_amount_original as {{ dbt.type_string() }}), 'no amount') || ' '
                || coalesce(previous_currency, '') || ', closed '
                || coalesce(cast(previous_close_date as {{ dbt.type_string() }}), 'unknown')
                || '; is ' || coalesce(current_outcome, '') || ', '
                || coalesce(cast(current_amount_original as {{ dbt.type_string() }}), 'no amount') || ' '
                || coalesce(current_currency, '') || ', closed '
                || coalesce(cast(current_close_date as {{ dbt.type_string() }}), 'unknown')
        end as facts_evidence,
        'rate was ' || coalesce(cast(previous_exchange_rate as {{ dbt.type_string() }}), 'none')
        || ', is ' || coalesce(cast(current_exchange_rate as {{ dbt.type_string() }}), 'none') as rate_evidence,
        'originating record was ' || coalesce(previous_originator_record_id, 'none')
        || ', is ' || coalesce(current_originator_record_id, 'none')
        || '; user was ' || coalesce(previous_originator_user_id, 'none')
        || ', is ' || coalesce(current_originator_user_id, 'none')
        || '; team was ' || coalesce(previous_originator_team, 'none')
        || ', is ' || coalesce(current_originator_team, 'none') as originator_evidence,
        'touches ' || case when is_touch_moved then 'are others' else 'are the same' end
        || ', people ' || case when is_person_moved then 'are known otherwise' else 'are the same' end
        || ', dates and account ' || case when is_timing_moved then 'are others' else 'are the same' end
            as credit_evidence,
        'credit is shared in another model' as model_evidence
    from {{ ref('int_publications__opportunity_pairs') }}

),

causes as (

    {%- for step in ['facts', 'rate', 'originator', 'credit', 'model'] %}
    select
        opportunity_id,
        {{ loop.index }} as step,
        {{ step }}_cause as cause,
        {{ step }}_evidence as evidence
    from told
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

opportunity_changes as (

    select
        step_changes.figure,
        step_changes.report_month,
        step_changes.member,
        causes.cause,
        'opportunity' as subject_type,
        step_changes.opportunity_id as subject_id,
        sum(step_changes.amount) as change_amount,
        {{ dbt.listagg('distinct causes.evidence', "' | '", 'order by causes.evidence') }} as evidence
    from step_changes
    inner join causes
        on
            step_changes.opportunity_id = causes.opportunity_id
            and step_changes.step = causes.step
    group by
        step_changes.figure,
        step_changes.report_month,
        step_changes.member,
        causes.cause,
        step_changes.opportunity_id

),

mqls_before as (

    {{ state_before(ref('stg_audit__kept_mqls')) | indent(4) }}

),

-- The person to whom a record belongs today, whether or not it makes an MQL.
records as (

    select
        records.source_system,
        records.record_id,
        min(person_identifiers.person_id) as person_id
    from {{ ref('int_identity__record_creations') }} as records
    inner join {{ ref('int_identity__person_identifiers') }} as person_identifiers
        on
            records.identifier_type = person_identifiers.identifier_type
            and records.record_id = person_identifiers.identifier
    group by records.source_system, records.record_id

),

-- What was counted before, for the people of today: that someone has another id moves nothing.
mqls_of_before as (

    select
        coalesce(records.person_id, before.person_id) as person_id,
        before.person_id as previous_person_id,
        before.cohort_month,
        before.mqls,
        before.person_id <> records.person_id as is_other_person
    from mqls_before as before
    left join records
        on
            before.source_system = records.source_system
            and before.lead_id = records.record_id

),

-- People of whom a record was another one's before, and people who lost one.
people_moved as (

    select person_id
    from mqls_of_before
    where is_other_person

    union distinct

    select previous_person_id as person_id
    from mqls_of_before
    where is_other_person

),

mqls_unioned as (

    select
        person_id,
        cohort_month,
        mqls as previous_mqls,
        cast(0 as bigint) as current_mqls,
        cast(null as bigint) as first_run_number
    from mqls_of_before

    union all

    select
        person_id,
        cohort_month,
        cast(0 as bigint) as previous_mqls,
        mqls as current_mqls,
        first_run_number
    from {{ ref('int_publications__mqls') }}

),

mqls as (

    select
        person_id,
        cohort_month,
        sum(previous_mqls) as previous_mqls,
        sum(current_mqls) as current_mqls,
        max(first_run_number) as newest_run_number
    from mqls_unioned
    group by person_id, cohort_month
    having sum(previous_mqls) <> sum(current_mqls)

),

mql_changes as (

    select
        'mqls' as figure,
        mqls.cohort_month as report_month,
        '' as member,
        {{ cause_of(
            "case
                when people_moved.person_id is not null then coalesce(pair.people_rules_cause, 'identity')
                when mqls.current_mqls < mqls.previous_mqls then 'deletion'
                else 'late_data'
            end",
            "people_moved.person_id is not null
            or mqls.newest_run_number > pair.previous_creation_run
            or mqls.cohort_month >= cast(" ~ dbt.date_trunc('month', 'pair.previous_as_of') ~ " as date)
            or not (pair.is_configuration_moved or pair.is_definition_moved)",
            "'late_data'"
        ) }} as cause,
        'person' as subject_type,
        mqls.person_id as subject_id,
        cast(mqls.current_mqls - mqls.previous_mqls as decimal(18, 2)) as change_amount,
        'MQLs were ' || cast(mqls.previous_mqls as {{ dbt.type_string() }})
        || ', are ' || cast(mqls.current_mqls as {{ dbt.type_string() }})
        || case when people_moved.person_id is not null then '; its records are others' else '' end as evidence
    from mqls
    cross join pair
    left join people_moved
        on mqls.person_id = people_moved.person_id

),

spend_before as (

    {{ state_before(ref('stg_audit__kept_spend')) | indent(4) }}

),

spend as (

    select
        coalesce(today.spend_key, before.spend_key) as spend_key,
        coalesce(today.source_system, before.source_system) as source_system,
        coalesce(today.campaign_id, before.campaign_id) as campaign_id,
        coalesce(today.spend_month, before.spend_month) as spend_month,
        before.channel as previous_channel,
        today.channel as current_channel,
        before.cost_original as previous_cost_original,
        today.cost_original as current_cost_original,
        coalesce(before.cost, 0) as previous_cost,
        coalesce(today.cost, 0) as current_cost,
        pair.is_data_moved,
        pair.is_configuration_moved,
        pair.is_definition_moved,
        pair.is_reporting_currency_moved
    from spend_before as before
    full outer join {{ ref('int_publications__spend') }} as today
        on before.spend_key = today.spend_key
    cross join pair
    where
        before.cost is null
        or today.cost is null
        or before.cost <> today.cost
        or before.channel <> today.channel

),

-- What was billed otherwise counts at yesterday's average rate of the campaign's month; the rest is the rate's.
spend_at_previous_rate as (

    select
        *,
        case
            when previous_cost_original = current_cost_original then previous_cost
            when
                previous_cost_original is null
                or current_cost_original is null
                or previous_cost_original = 0
                or previous_cost = previous_cost_original
                then current_cost
            else cast(
                round(
                    cast(current_cost_original as double) * cast(previous_cost as double)
                    / cast(previous_cost_original as double), 2
                ) as decimal(18, 2)
            )
        end as cost_at_previous_rate
    from spend

),

spend_changes as (

    select
        'spend' as figure,
        spend_month as report_month,
        coalesce(previous_channel, current_channel) as member,
        case
            when current_cost_original is null then {{ cause_of("'deletion'", 'true', "'deletion'") }}
            else {{ cause_of("'late_data'", 'true', "'late_data'") }}
        end as cause,
        source_system || '|' || coalesce(campaign_id, '') as subject_id,
        cost_at_previous_rate - previous_cost as change_amount,
        'cost was ' || coalesce(cast(previous_cost_original as {{ dbt.type_string() }}), 'none')
        || ', is ' || coalesce(cast(current_cost_original as {{ dbt.type_string() }}), 'none') as evidence
    from spend_at_previous_rate

    union all

    select
        'spend' as figure,
        spend_month as report_month,
        coalesce(previous_channel, current_channel) as member,
        case
            when is_reporting_currency_moved then 'configuration'
            else {{ cause_of("'currency'", 'true', "'currency'") }}
        end as cause,
        source_system || '|' || coalesce(campaign_id, '') as subject_id,
        current_cost - cost_at_previous_rate as change_amount,
        'another rate' as evidence
    from spend_at_previous_rate

    {%- for sign, member in [('-', 'previous_channel'), ('', 'current_channel')] %}

    union all

    select
        'spend' as figure,
        spend_month as report_month,
        {{ member }} as member,
        {{ cause_of("'late_data'", 'not is_configuration_moved and not is_definition_moved', "'late_data'") }} as cause,
        source_system || '|' || coalesce(campaign_id, '') as subject_id,
        {{ sign }}current_cost as change_amount,
        'channel was ' || previous_channel || ', is ' || current_channel as evidence
    from spend_at_previous_rate
    where previous_channel <> current_channel
    {%- endfor %}

),

unioned as (

    select
        figure,
        report_month,
        member,
        cause,
        subject_type,
        subject_id,
        change_amount,
        evidence
    from opportunity_changes

    union all

    select
        figure,
        report_month,
        member,
        cause,
        subject_type,
        subject_id,
        change_amount,
        evidence
    from mql_changes

    union all

    select
        figure,
        report_month,
        member,
        cause,
        'campaign' as subject_type,
        subject_id,
        sum(change_amount) as change_amount,
        min(evidence) as evidence
    from spend_changes
    group by figure, report_month, member, cause, subject_id

)

select
    pair.publication_number,
    unioned.figure,
    unioned.report_month,
    unioned.member,
    unioned.cause,
    unioned.subject_type,
    unioned.subject_id,
    cast(unioned.change_amount as decimal(18, 2)) as change_amount,
    unioned.evidence
from unioned
cross join pair
where unioned.change_amount <> 0
