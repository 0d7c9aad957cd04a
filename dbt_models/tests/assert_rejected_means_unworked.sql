{{ config(meta={'dagster': {'ref': {'name': 'int_lifecycle__transitions'}}}) }}
-- Fails if a person counts as rejected though sales had worked it since it last became an MQL.
with

refusals as (

    select
        person_id,
        occurrence,
        entered_at,
        (
            select max(mqls.entered_at)
            from {{ ref('int_lifecycle__transitions') }} as mqls
            where
                mqls.person_id = transitions.person_id
                and mqls.stage = 'mql'
                and mqls.entry_number < transitions.entry_number
        ) as mql_at
    from {{ ref('int_lifecycle__transitions') }} as transitions
    where stage = 'rejected'

)

select
    refusals.person_id,
    refusals.occurrence,
    refusals.entered_at,
    actions.acted_at,
    actions.action_type
from refusals
inner join {{ ref('int_lifecycle__sales_actions') }} as actions
    on
        refusals.person_id = actions.person_id
        and refusals.entered_at > actions.acted_from
        and (refusals.mql_at is null or refusals.mql_at <= actions.acted_until)
where actions.action_type in ('call', 'meeting', 'email', 'share')
