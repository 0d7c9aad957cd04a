{#- Days that sales and the lead have before silence is called silence: two working weeks. -#}
{%- set patience_days = 14 -%}
{#- Days within which the same person's next lead is no new demand: a quarter; who returns later may mean it. -#}
{%- set same_demand_days = 90 -%}
with

run_context as (

    select as_of from {{ ref('stg_reference__run_context') }}

),

units as (

    select *
    from {{ ref('int_trust__units') }}
    where metric in ('leads', 'mqls', 'sqls')

),

transitions as (

    select
        *,
        lead(stage) over (partition by person_id order by entry_number asc) as next_stage,
        lead(status) over (partition by person_id order by entry_number asc) as next_status,
        max(case when stage = 'mql' then entered_at end) over (
            partition by person_id
            order by entry_number asc
            rows between unbounded preceding and current row
        ) as mql_at,
        max(case when stage in ('opportunity', 'won', 'renewal', 'expansion', 'upsell') then entry_number end) over (
            partition by person_id
        ) as last_deal_entry_number
    from {{ ref('int_lifecycle__transitions') }}

),

-- SQLs that no opportunity followed so far; an opportunity is proof that the SQL held up, whatever happened on the way.
-- What became of an SQL is what became of the person.
sqls as (

    select
        units.source_system,
        units.source_record_id,
        units.person_id,
        transitions.entered_at,
        transitions.exited_at,
        transitions.mql_at,
        transitions.next_stage,
        transitions.next_status,
        transitions.entry_number,
        transitions.last_deal_entry_number
    from units
    inner join transitions
        on
            units.person_id = transitions.person_id
            and transitions.stage = 'sql'
            and units.occurred_at >= transitions.entered_at
    where units.metric = 'sqls'
    qualify
        row_number() over (
            partition by units.source_system, units.source_record_id
            order by transitions.entry_number desc
        ) = 1

),

dealless_sqls as (

    select *
    from sqls
    where coalesce(last_deal_entry_number, 0) < entry_number

),

sales_work as (

    select
        person_id,
        max(acted_until) as last_acted_at
    from {{ ref('int_lifecycle__sales_actions') }}
    where action_type in ('call', 'meeting', 'email', 'share')
    group by person_id

),

refused_sqls as (

    select
        source_system,
        source_record_id,
        'sql_refused' as rule,
        'Refused (' || coalesce(next_status, next_stage) || ') '
        || {{ dbt.datediff('entered_at', 'exited_at', 'day') }}
        || ' days after it became an SQL; no deal came of it.' as reason
    from dealless_sqls
    where next_stage in ('rejected', 'disqualified')

),

unworked_sqls as (

    select
        sqls.source_system,
        sqls.source_record_id,
        'sql_never_worked' as rule,
        'No call, meeting, e-mail or share by sales since it became an MQL, '
        || {{ dbt.datediff('sqls.entered_at', 'run_context.as_of', 'day') }}
        || ' days after it became an SQL; no deal came of it.' as reason
    from dealless_sqls as sqls
    cross join run_context
    left join sales_work
        on sqls.person_id = sales_work.person_id
    where
        sqls.entered_at < {{ dbt.dateadd('day', -patience_days, 'run_context.as_of') }}
        and (sales_work.person_id is null or sales_work.last_acted_at < sqls.mql_at)

),

-- Two leads of one person soon after each other are one demand, counted twice.
counted_people as (

    select
        metric,
        source_system,
        source_record_id,
        unit_date,
        lag(unit_date) over (
            partition by metric, person_id
            order by occurred_at asc, source_record_id asc, source_system asc
        ) as counted_before
    from units
    where person_id is not null

),

repeated_people as (

    select
        metric,
        source_system,
        source_record_id,
        'same_person_again' as rule,
        'The same person was counted by another lead on ' || counted_before || '.' as reason
    from counted_people
    where unit_date <= {{ dbt.dateadd('day', same_demand_days, 'counted_before') }}

),

-- What a lead does of its own accord is an answer, from an hour after its creation on: the visit and the form that
-- made it a lead are none.
own_touches as (

    select
        person_id,
        occurred_at
    from {{ ref('int_touchpoints__touches') }}
    where
        touch_type in ('session', 'form_fill', 'email_click', 'campaign_response', 'meeting')
        and not is_bot and not is_internal

),

people_with_deals as (

    select distinct person_id
    from transitions
    where last_deal_entry_number is not null

),

leads as (

    select
        units.source_system,
        units.source_record_id,
        coalesce(units.source, '(none)') as lead_source,
        cast({{ dbt.date_trunc('month', 'units.unit_date') }} as date) as month,
        max(
            case
                when
                    people_with_deals.person_id is not null
                    or own_touches.occurred_at > {{ dbt.dateadd('hour', 1, 'units.occurred_at') }}
                    then 1
                else 0
            end
        ) as has_answered
    from units
    cross join run_context
    left join people_with_deals
        on units.person_id = people_with_deals.person_id
    left join own_touches
        on units.person_id = own_touches.person_id
    where
        units.metric = 'leads'
        and units.occurred_at < {{ dbt.dateadd('day', -patience_days, 'run_context.as_of') }}
    group by units.source_system, units.source_record_id, coalesce(units.source, '(none)'), units.unit_date

),

totals as (

    select
        count(*) as leads,
        sum(has_answered) as answered
    from leads

),

source_months as (

    select
        leads.lead_source,
        leads.month,
        count(*) as leads,
        sum(leads.has_answered) as answered,
        count(*) * (min(totals.answered) - sum(leads.has_answered))
        / nullif(min(totals.leads) - count(*), 0) as usually_answered
    from leads
    cross join totals
    group by leads.lead_source, leads.month

),

-- Silent: at the rate of all other leads ten or more would have answered, and at most a tenth of that did. Chance does
-- that once in two thousand; with fewer leads silence proves nothing.
silent_sources as (

    select *
    from source_months
    where usually_answered >= 10 and answered * 10 <= usually_answered

),

silent_leads as (

    select
        leads.source_system,
        leads.source_record_id,
        'source_never_answers' as rule,
        'From the source ' || leads.lead_source || ', of whose ' || silent_sources.leads || ' leads of that month '
        || silent_sources.answered || ' were ever heard of again; usual would be '
        || cast(round(silent_sources.usually_answered) as bigint) || '.' as reason
    from leads
    inner join silent_sources
        on
            leads.lead_source = silent_sources.lead_source
            and leads.month = silent_sources.month
    where leads.has_answered = 0

),

metrics as (

    select distinct metric
    from units

),

failures as (

    select
        'sqls' as metric,
        *
    from refused_sqls

    union all

    select
        'sqls' as metric,
        *
    from unworked_sqls

    union all

    select * from repeated_people

    union all

    select
        metrics.metric,
        silent_leads.*
    from silent_leads
    cross join metrics

)

select
    failures.metric,
    units.source_system,
    units.source_object,
    units.source_record_id,
    failures.rule,
    failures.reason
from failures
inner join units
    on
        failures.metric = units.metric
        and failures.source_system = units.source_system
        and failures.source_record_id = units.source_record_id
