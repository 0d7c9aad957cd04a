with

mql_entries as (

    select * from {{ ref('int_velocity__mql_entries') }}

),

-- What marketing last did before the entry that names a campaign. One of which only the day is known came before an
-- entry of that day.
campaign_touches as (

    select
        mql_entries.person_id,
        mql_entries.occurrence,
        touches.campaign_key,
        coalesce(campaigns.campaign_name, nullif(touches.campaign, '')) as campaign
    from mql_entries
    inner join {{ ref('int_touchpoints__touches') }} as touches
        on
            mql_entries.person_id = touches.person_id
            and coalesce(touches.occurred_from, touches.occurred_at) <= mql_entries.mql_at
    left join {{ ref('int_campaigns__campaigns') }} as campaigns
        on touches.campaign_key = campaigns.campaign_key
    where
        coalesce(campaigns.campaign_name, nullif(touches.campaign, '')) is not null
        and {{ is_marketing_touch('touches') }}
    qualify
        row_number() over (
            partition by mql_entries.person_id, mql_entries.occurrence
            order by touches.occurred_at desc, touches.touch_key desc
        ) = 1

)

select
    mql_entries.person_id,
    mql_entries.occurrence,
    originators.originator_user_id,
    originators.originator_team,
    coalesce(originators.originator_source, '(none)') as source,
    campaign_touches.campaign_key,
    coalesce(campaign_touches.campaign, '(none)') as campaign
from mql_entries
left join {{ ref('int_identity__person_originators') }} as originators
    on mql_entries.person_id = originators.person_id
left join campaign_touches
    on
        mql_entries.person_id = campaign_touches.person_id
        and mql_entries.occurrence = campaign_touches.occurrence
