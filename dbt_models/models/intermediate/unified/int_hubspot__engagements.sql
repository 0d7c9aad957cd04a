with

told as (

    select
        engagement_id,
        'call' as activity_type,
        subject,
        happened_at,
        created_at,
        last_modified_at,
        owner_id,
        created_by_user_id,
        modified_by_user_id,
        creation_source,
        case lower(direction) when 'inbound' then 'inbound' when 'outbound' then 'outbound' end as direction,
        -- The seller's act is done whether or not the call was answered.
        coalesce(upper(status), 'COMPLETED') in ('COMPLETED', 'NO_ANSWER', 'BUSY') as is_completed,
        call_milliseconds,
        false as is_sent_by_plan,
        false as has_not_happened,
        is_deleted,
        source_file
    from {{ ref('stg_hubspot__engagement_calls') }}

    union all

    -- A meeting that was called off, moved or missed touched nobody.
    select
        engagement_id,
        'meeting' as activity_type,
        subject,
        coalesce(started_at, happened_at) as happened_at,
        created_at,
        last_modified_at,
        owner_id,
        created_by_user_id,
        modified_by_user_id,
        creation_source,
        cast(null as {{ dbt.type_string() }}) as direction,
        cast(null as boolean) as is_completed,
        cast(null as bigint) as call_milliseconds,
        false as is_sent_by_plan,
        coalesce({{ source_word('outcome') }} in ('canceled', 'cancelled', 'no_show', 'rescheduled'), false)
            as has_not_happened,
        is_deleted,
        source_file
    from {{ ref('stg_hubspot__engagement_meetings') }}

    union all

    select
        engagement_id,
        'email' as activity_type,
        subject,
        happened_at,
        created_at,
        last_modified_at,
        owner_id,
        created_by_user_id,
        modified_by_user_id,
        creation_source,
        case upper(direction) when 'INCOMING_EMAIL' then 'inbound' when 'EMAIL' then 'outbound' end as direction,
        coalesce(upper(status), 'SENT') = 'SENT' as is_completed,
        cast(null as bigint) as call_milliseconds,
        sequence_id is not null
        or coalesce({{ source_word('creation_source') }} = 'sequences', false)
        or {{ is_sent_by_plan('subject', 'null') }} as is_sent_by_plan,
        false as has_not_happened,
        is_deleted,
        source_file
    from {{ ref('stg_hubspot__engagement_emails') }}

    union all

    -- A to-do is none of the calls and mails that it asks for: those are logged by themselves.
    select
        engagement_id,
        'task' as activity_type,
        subject,
        coalesce(completed_at, happened_at) as happened_at,
        created_at,
        last_modified_at,
        owner_id,
        created_by_user_id,
        modified_by_user_id,
        creation_source,
        cast(null as {{ dbt.type_string() }}) as direction,
        coalesce(upper(status), '') = 'COMPLETED' as is_completed,
        cast(null as bigint) as call_milliseconds,
        false as is_sent_by_plan,
        false as has_not_happened,
        is_deleted,
        source_file
    from {{ ref('stg_hubspot__engagement_tasks') }}

    union all

    -- A message by text or chat is written as a mail is.
    select
        engagement_id,
        'email' as activity_type,
        channel_type as subject,
        happened_at,
        created_at,
        last_modified_at,
        owner_id,
        created_by_user_id,
        modified_by_user_id,
        creation_source,
        cast(null as {{ dbt.type_string() }}) as direction,
        true as is_completed,
        cast(null as bigint) as call_milliseconds,
        false as is_sent_by_plan,
        false as has_not_happened,
        is_deleted,
        source_file
    from {{ ref('stg_hubspot__engagement_communications') }}

),

-- Old exports hold every kind in one table; newer ones keep there only which kind it is.
in_one_table as (

    select
        engagements.engagement_id,
        case upper(engagements.engagement_type)
            when 'CALL' then 'call'
            when 'MEETING' then 'meeting'
            when 'EMAIL' then 'email'
            when 'INCOMING_EMAIL' then 'email'
            when 'FORWARDED_EMAIL' then 'email'
            when 'COMMUNICATION' then 'email'
            when 'TASK' then 'task'
        end as activity_type,
        engagements.subject,
        coalesce(engagements.started_at, engagements.happened_at) as happened_at,
        engagements.created_at,
        cast(null as timestamp) as last_modified_at,
        engagements.owner_id,
        engagements.created_by_user_id,
        engagements.modified_by_user_id,
        cast(null as {{ dbt.type_string() }}) as creation_source,
        case upper(engagements.engagement_type)
            when 'INCOMING_EMAIL' then 'inbound'
            when 'EMAIL' then 'outbound'
        end as direction,
        case
            when upper(engagements.engagement_type) = 'MEETING' then null
            when upper(engagements.engagement_type) = 'TASK' then coalesce(upper(engagements.status), '') = 'COMPLETED'
            else coalesce(upper(engagements.status), 'COMPLETED') in ('COMPLETED', 'SENT', 'NO_ANSWER', 'BUSY')
        end as is_completed,
        engagements.call_milliseconds,
        upper(engagements.engagement_type) = 'EMAIL' and {{ is_sent_by_plan('engagements.subject', 'null') }}
            as is_sent_by_plan,
        coalesce({{ source_word('engagements.outcome') }} in ('canceled', 'cancelled', 'no_show', 'rescheduled'), false)
            as has_not_happened,
        engagements.is_deleted,
        engagements.source_file
    from {{ ref('stg_hubspot__engagements') }} as engagements
    left join told
        on engagements.engagement_id = told.engagement_id
    where
        told.engagement_id is null
        and upper(engagements.engagement_type)
        in ('CALL', 'MEETING', 'EMAIL', 'INCOMING_EMAIL', 'FORWARDED_EMAIL', 'COMMUNICATION', 'TASK')

),

unioned as (

    select * from told
    union all
    select * from in_one_table

),

rules as (

    select
        source,
        team
    from {{ ref('stg_reference__creation_sources') }}
    where source_system = 'hubspot' and detail is null

),

people as (

    select
        from_id as engagement_id,
        to_id as contact_id,
        row_number() over (partition by from_id order by to_id asc) as person_number
    from {{ ref('int_hubspot__associations') }}
    where from_type = 'engagement' and to_type = 'contact'

),

subjects as (

    select
        from_id as engagement_id,
        min(case when to_type = 'deal' then {{ record_key('hubspot', 'opportunity', 'to_id') }} end) as opportunity_key,
        min(case when to_type = 'company' then {{ record_key('hubspot', 'account', 'to_id') }} end) as account_key
    from {{ ref('int_hubspot__associations') }}
    where from_type = 'engagement' and to_type in ('deal', 'company')
    group by from_id

)

-- Everybody who took part was touched: a row each.
select
    'hubspot' as source_system,
    {{ record_key('hubspot', 'engagement', 'unioned.engagement_id') }}
    || case when people.person_number > 1 then ':' || people.contact_id else '' end as activity_key,
    unioned.activity_type,
    unioned.subject,
    {{ record_key('hubspot', 'contact', 'people.contact_id') }} as contact_key,
    coalesce(subjects.opportunity_key, subjects.account_key) as subject_key,
    coalesce(owners.user_key, {{ record_key('hubspot', 'owner', 'unioned.owner_id') }}) as owner_key,
    {{ creator_key(
        source_word('unioned.creation_source'),
        'null',
        record_key('hubspot', 'user', 'unioned.created_by_user_id'),
        'rules.team'
    ) }} as creator_key,
    {{ source_word('unioned.creation_source') }} as creation_source,
    {{ record_key('hubspot', 'user', 'unioned.modified_by_user_id') }} as modifier_key,
    unioned.direction,
    unioned.is_sent_by_plan,
    cast(floor(unioned.call_milliseconds / 1000) as bigint) as call_seconds,
    unioned.is_completed,
    unioned.happened_at,
    unioned.created_at,
    unioned.is_deleted or unioned.has_not_happened as is_deleted,
    unioned.source_file
from unioned
left join people
    on unioned.engagement_id = people.engagement_id
left join subjects
    on unioned.engagement_id = subjects.engagement_id
left join {{ ref('int_hubspot__owners') }} as owners
    on lower(trim(unioned.owner_id)) = owners.owner_given
left join rules
    on {{ source_word('unioned.creation_source') }} = rules.source
