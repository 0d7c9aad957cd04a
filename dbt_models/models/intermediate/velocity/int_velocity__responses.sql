with

mql_entries as (

    select * from {{ ref('int_velocity__mql_entries') }}

),

run_context as (

    select as_of from {{ ref('stg_reference__run_context') }}

),

-- An action of which only the day is known came after an MQL of that day: sales answers. Of two entries on that day it
-- answers the last. Its hours are known only where it was logged on the day, after the entry.
actions as (

    select
        mql_entries.person_id,
        mql_entries.occurrence,
        mql_entries.due_at,
        greatest(sales_actions.acted_from, mql_entries.mql_at) as acted_from,
        sales_actions.acted_until,
        sales_actions.user_id,
        sales_actions.action_type,
        sales_actions.source_object,
        sales_actions.source_record_id,
        case
            when sales_actions.acted_at_precision <> 'date' and sales_actions.acted_at >= mql_entries.mql_at
                then sales_actions.acted_at
        end as known_at
    from mql_entries
    inner join {{ ref('int_lifecycle__sales_actions') }} as sales_actions
        on
            mql_entries.person_id = sales_actions.person_id
            and mql_entries.mql_at <= sales_actions.acted_until
            and (mql_entries.next_mql_at is null or mql_entries.next_mql_at > sales_actions.acted_until)

),

first_actions as (

    select
        person_id,
        occurrence,
        coalesce(known_at, acted_from) as responded_at,
        case when known_at is null then 'date' else 'timestamp' end as responded_at_precision,
        known_at,
        coalesce(known_at, acted_from) > due_at as is_late,
        user_id as responder_user_id,
        action_type as response_type
    from actions
    qualify
        row_number() over (
            partition by person_id, occurrence
            order by
                coalesce(known_at, acted_until) asc,
                action_type asc,
                user_id asc,
                source_object asc,
                source_record_id asc
        ) = 1

),

-- An opportunity that inherits its originator (a renewal of the account's) is no answer to an MQL.
inherited_deals as (

    select opportunity_id
    from {{ ref('int_identity__opportunity_originators') }}
    where originator_matched_by = 'inherited'

),

stages as (

    select
        mql_entries.person_id,
        mql_entries.occurrence,
        mql_entries.due_at,
        transitions.stage,
        transitions.entered_at,
        transitions.entry_number,
        transitions.reason,
        transitions.reason_class,
        case
            when transitions.stage in ('sal', 'sql', 'opportunity', 'won') then 'accepted'
            when transitions.stage = 'rejected' then 'rejected'
            when transitions.stage in ('disqualified', 'recycled') then 'returned'
        end as verdict
    from mql_entries
    inner join {{ ref('int_lifecycle__transitions') }} as transitions
        on
            mql_entries.person_id = transitions.person_id
            and mql_entries.mql_at <= transitions.entered_at
            and (mql_entries.next_mql_at is null or mql_entries.next_mql_at > transitions.entered_at)
    cross join run_context
    left join inherited_deals
        -- No condition of its own: with one on its left side alone, a left join compares every row with every row.
        on
            case when transitions.stage in ('opportunity', 'won') then transitions.source_record_id end
            = inherited_deals.opportunity_id
    where
        transitions.stage <> 'mql'
        and transitions.entered_at <= run_context.as_of
        and inherited_deals.opportunity_id is null

),

-- Accepted or rejected, whichever came first, settles it; being returned does only when neither ever came.
verdicts as (

    select * from stages
    where verdict is not null
    qualify
        row_number() over (
            partition by person_id, occurrence
            order by case verdict when 'returned' then 2 else 1 end asc, entry_number asc
        ) = 1

),

reached as (

    select
        person_id,
        occurrence,
        max(case when stage = 'sql' then 1 else 0 end) as reached_sql
    from stages
    group by person_id, occurrence

),

judged as (

    select
        mql_entries.*,
        first_actions.responded_at,
        first_actions.responded_at_precision,
        first_actions.known_at,
        coalesce(first_actions.is_late, false) as is_late,
        first_actions.responder_user_id,
        first_actions.response_type,
        coalesce(reached.reached_sql, 0) = 1 as reached_sql,
        -- Nobody of sales acted, and the person went nowhere from mql; taken back late, it asks for no answer any more.
        first_actions.responded_at is null
        and reached.person_id is null
        and mql_entries.next_mql_at is null as is_waiting,
        case
            when verdicts.verdict in ('accepted', 'rejected') then verdicts.verdict
            when verdicts.verdict = 'returned' and first_actions.responded_at is not null then 'returned'
            -- Taken back before the time to answer was up.
            when verdicts.verdict = 'returned' and verdicts.entered_at < verdicts.due_at then 'returned'
            when first_actions.responded_at is not null then 'answered'
            when mql_entries.is_due then 'no_response'
            else 'pending'
        end as outcome,
        verdicts.entered_at as verdict_at,
        verdicts.reason,
        verdicts.reason_class
    from mql_entries
    left join first_actions
        on
            mql_entries.person_id = first_actions.person_id
            and mql_entries.occurrence = first_actions.occurrence
    left join verdicts
        on
            mql_entries.person_id = verdicts.person_id
            and mql_entries.occurrence = verdicts.occurrence
    left join reached
        on
            mql_entries.person_id = reached.person_id
            and mql_entries.occurrence = reached.occurrence

)

select
    judged.person_id,
    judged.occurrence,
    judged.source_system,
    judged.lead_id,
    judged.account_id,
    judged.cohort_month,
    judged.mql_at,
    judged.next_mql_at,
    judged.due_at,
    judged.responded_at,
    judged.responded_at_precision,
    judged.responder_user_id,
    judged.response_type,
    -- Of a day nobody knows from which hour on it was to be answered.
    case
        when not coalesce(judged.is_mql_dated, false)
            then cast(
                {{ dbt.datediff('judged.mql_at', 'judged.known_at', 'second') }} / 3600.0 as decimal(18, 2)
            )
    end as hours_to_response,
    judged.is_late,
    judged.outcome,
    case when judged.outcome in ('accepted', 'rejected', 'returned') then judged.verdict_at end as decided_at,
    case when judged.outcome in ('rejected', 'returned') then coalesce(judged.reason, '(none)') end as reason,
    case
        when judged.outcome in ('rejected', 'returned') then coalesce(judged.reason_class, 'other')
    end as reason_class,
    judged.reached_sql,
    judged.is_waiting,
    case
        when judged.is_waiting
            then cast({{ dbt.datediff('judged.asked_at', 'run_context.as_of', 'second') }} / 3600.0 as decimal(18, 2))
    end as hours_waiting
from judged
cross join run_context
