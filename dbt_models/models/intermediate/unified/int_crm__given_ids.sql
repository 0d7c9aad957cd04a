with

hubspot as (

    select
        'account' as record_type,
        company_id as given_id,
        {{ record_key('hubspot', 'account', 'company_id') }} as record_key
    from {{ ref('stg_hubspot__companies') }}

    union all

    select
        'opportunity' as record_type,
        deals.deal_id as given_id,
        {{ record_key('hubspot', 'opportunity', 'coalesce(merged.survivor_id, deals.deal_id)') }} as record_key
    from {{ ref('stg_hubspot__deals') }} as deals
    left join {{ ref('int_hubspot__merged_ids') }} as merged
        on
            merged.record_type = 'deal'
            and deals.deal_id = merged.record_id

),

-- Ids that are keys as they stand.
own_keys as (

    select
        'account' as record_type,
        account_id as given_id
    from {{ ref('stg_salesforce__account') }}

    union

    select
        'opportunity' as record_type,
        opportunity_id as given_id
    from {{ ref('stg_salesforce__opportunity') }}

)

-- An id that two systems have given names neither.
select
    hubspot.record_type,
    hubspot.given_id,
    min(hubspot.record_key) as record_key
from hubspot
left join own_keys
    on
        hubspot.record_type = own_keys.record_type
        and hubspot.given_id = own_keys.given_id
where own_keys.given_id is null
group by hubspot.record_type, hubspot.given_id
having count(distinct hubspot.record_key) = 1
