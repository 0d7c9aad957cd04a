with

persons as (

    select distinct person_id
    from {{ ref('int_identity__person_identifiers') }}
    where identifier_type <> 'anonymous_id'

),

opportunities as (

    select *
    from {{ ref('int_crm__opportunities') }}
    where not coalesce(is_deleted, false)

),

leads as (

    select *
    from {{ ref('int_crm__leads') }}
    where not coalesce(is_deleted, false)

),

accounts as (

    select distinct
        source_system,
        account_id
    from {{ ref('int_crm__accounts') }}

),

latest_stages as (

    select
        source_system,
        opportunity_id,
        stage_name
    from {{ ref('int_crm__opportunity_history') }}
    where stage_name is not null
    qualify
        row_number() over (
            partition by source_system, opportunity_id order by changed_at desc nulls last, history_id desc
        ) = 1

),

latest_statuses as (

    select
        source_system,
        lead_id,
        new_value as status
    from {{ ref('int_crm__lead_history') }}
    where field = 'status'
    qualify
        row_number() over (
            partition by source_system, lead_id order by changed_at desc nulls last, history_id desc
        ) = 1

),

links as (

    select
        'opportunity_account' as link,
        opportunities.source_system,
        accounts.account_id is not null as is_linked
    from opportunities
    left join accounts
        on
            opportunities.source_system = accounts.source_system
            and opportunities.account_id = accounts.account_id

    union all

    select
        'touch_person' as link,
        touches.source_system,
        persons.person_id is not null as is_linked
    from {{ ref('int_touchpoints__touches') }} as touches
    left join persons on touches.person_id = persons.person_id
    where not touches.is_bot and not touches.is_internal

    union all

    select
        'stage_history' as link,
        opportunities.source_system,
        opportunities.stage_name = latest_stages.stage_name as is_linked
    from opportunities
    inner join latest_stages
        on
            opportunities.source_system = latest_stages.source_system
            and opportunities.opportunity_id = latest_stages.opportunity_id

    union all

    select
        'status_history' as link,
        leads.source_system,
        leads.status = latest_statuses.status as is_linked
    from leads
    inner join latest_statuses
        on
            leads.source_system = latest_statuses.source_system
            and leads.lead_id = latest_statuses.lead_id

)

select
    link,
    source_system,
    cast(count(*) as bigint) as records,
    cast(sum(case when is_linked then 1 else 0 end) as bigint) as linked
from links
group by link, source_system
