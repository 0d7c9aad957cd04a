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

-- A contact that was merged away may stand in no export any more; its survivor names it.
numbers_of_people as (

    select
        'person' as record_type,
        contacts.contact_id as given_id,
        {{ record_key('hubspot', 'contact', 'coalesce(merged.survivor_id, contacts.contact_id)') }} as record_key
    from {{ ref('stg_hubspot__contacts') }} as contacts
    left join {{ ref('int_hubspot__merged_ids') }} as merged
        on
            merged.record_type = 'contact'
            and contacts.contact_id = merged.record_id

    union all

    select
        'person' as record_type,
        record_id as given_id,
        {{ record_key('hubspot', 'contact', 'survivor_id') }} as record_key
    from {{ ref('int_hubspot__merged_ids') }}
    where record_type = 'contact'

),

given as (

    select * from hubspot
    union all
    select * from numbers_of_people

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
    given.record_type,
    given.given_id,
    min(given.record_key) as record_key
from given
left join own_keys
    on
        given.record_type = own_keys.record_type
        and given.given_id = own_keys.given_id
where own_keys.given_id is null
group by given.record_type, given.given_id
having count(distinct given.record_key) = 1
