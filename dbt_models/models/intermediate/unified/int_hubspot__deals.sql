with

stages as (

    select * from {{ ref('int_hubspot__stages') }}

),

-- A stage's name stands for it in HubSpot's own export, as far as all stages of that name end alike.
stages_by_name as (

    select
        stage_given,
        min(stage_id) as stage_id
    from stages
    group by stage_given
    having min(is_closed) = max(is_closed) and min(is_won) = max(is_won)

),

deals as (

    select
        deals.*,
        coalesce(stages_by_name.stage_id, deals.stage_id) as known_stage_id,
        {{ source_word('deals.stage_id') }} as stage_word,
        upper(trim(deals.currency)) as currency_code
    from {{ ref('stg_hubspot__deals') }} as deals
    left join stages_by_name
        on lower(trim(deals.stage_id)) = stages_by_name.stage_given

),

-- Deals in the home currency say which one it is.
home_currencies as (

    select min(currency_code) as currency_code
    from deals
    where exchange_rate = 1
    having count(distinct currency_code) = 1

),

companies as (

    select
        from_id as deal_id,
        to_id as company_id
    from {{ ref('int_hubspot__associations') }}
    where from_type = 'deal' and to_type = 'company'
    qualify row_number() over (partition by from_id order by is_primary desc, to_id asc) = 1

),

-- A deal's only contact is its primary one; HubSpot marks none.
only_contacts as (

    select
        from_id as deal_id,
        min(to_id) as contact_id
    from {{ ref('int_hubspot__associations') }}
    where from_type = 'deal' and to_type = 'contact'
    group by from_id
    having count(*) = 1

),

merged_away as (

    select record_id as deal_id
    from {{ ref('int_hubspot__merged_ids') }}
    where record_type = 'deal'

),

-- Without a table of stages the deal itself tells, and where that is silent the words for HubSpot's own two ends. What
-- HubSpot makes of an amount at the rate that it keeps with the deal is the home currency's.
judged as (

    select
        deals.*,
        coalesce(stages.stage_name, deals.stage_id) as stage_name,
        coalesce(
            stages.is_closed,
            deals.is_closed,
            deals.is_closed_won or deals.stage_word in ('closedwon', 'closedlost', 'closed_won', 'closed_lost'),
            false
        ) as is_deal_closed,
        coalesce(
            stages.is_won,
            deals.is_closed_won,
            case when deals.is_closed then deals.probability = 1 end,
            deals.stage_word in ('closedwon', 'closed_won'),
            false
        ) as is_deal_won,
        coalesce(
            deals.home_amount is not null
            and deals.exchange_rate <> 1
            and deals.currency_code <> home_currencies.currency_code,
            false
        ) as is_converted,
        home_currencies.currency_code as home_currency_code,
        merged_away.deal_id is not null as is_merged_away
    from deals
    left join stages
        on deals.known_stage_id = stages.stage_id
    left join merged_away
        on deals.deal_id = merged_away.deal_id
    left join home_currencies
        on deals.deal_id is not null

)

select
    judged.source_system,
    judged.deal_id,
    {{ record_key('hubspot', 'opportunity', 'judged.deal_id') }} as opportunity_key,
    {{ record_key('hubspot', 'account', 'companies.company_id') }} as account_key,
    {{ record_key('hubspot', 'contact', 'only_contacts.contact_id') }} as contact_key,
    coalesce(owners.user_key, {{ record_key('hubspot', 'owner', 'judged.owner_id') }}) as owner_key,
    creations.created_by_id as creator_key,
    synced.opportunity_id is not null as is_synced,
    judged.campaign_id,
    judged.deal_name,
    judged.stage_name,
    judged.deal_type,
    judged.original_source,
    case
        when judged.is_converted and judged.amount is null then judged.home_currency_code
        else judged.currency_code
    end as currency,
    case when judged.is_converted then coalesce(judged.amount, judged.home_amount) else judged.amount end as amount,
    case when judged.is_converted then judged.home_currency_code end as converted_currency,
    case when judged.is_converted then judged.home_amount end as converted_amount,
    judged.probability * 100 as probability,
    judged.is_deal_closed as is_closed,
    judged.is_deal_closed and judged.is_deal_won as is_won,
    judged.is_deleted or judged.is_merged_away as is_deleted,
    judged.created_at,
    judged.closed_at,
    judged.source_file
from judged
left join companies
    on judged.deal_id = companies.deal_id
left join only_contacts
    on judged.deal_id = only_contacts.deal_id
left join {{ ref('int_hubspot__owners') }} as owners
    on lower(trim(judged.owner_id)) = owners.owner_given
left join {{ ref('int_hubspot__creations') }} as creations
    on
        judged.deal_id = creations.record_id
        and creations.record_type = 'deal'
left join {{ ref('stg_salesforce__opportunity') }} as synced
    on judged.salesforce_opportunity_id = synced.opportunity_id
