with

merged_away as (

    select
        record_id as contact_id,
        survivor_id
    from {{ ref('int_hubspot__merged_ids') }}
    where record_type = 'contact'

),

contacts as (

    select
        contacts.*,
        merged_away.survivor_id
    from {{ ref('stg_hubspot__contacts') }} as contacts
    left join merged_away
        on contacts.contact_id = merged_away.contact_id

),

companies as (

    select
        from_id as contact_id,
        to_id as company_id
    from {{ ref('int_hubspot__associations') }}
    where from_type = 'contact' and to_type = 'company'
    qualify row_number() over (partition by from_id order by is_primary desc, to_id asc) = 1

),

stages as (

    select
        lower(trim(status)) as status,
        min(stage) as stage
    from {{ ref('stg_reference__lifecycle_statuses') }}
    where source_system = 'hubspot'
    group by lower(trim(status))

),

-- A survivor was there when the oldest of its members was.
first_seen as (

    select
        coalesce(survivor_id, contact_id) as contact_id,
        min(created_at) as created_at
    from contacts
    group by coalesce(survivor_id, contact_id)

),

deal_people as (

    select
        associations.to_id as contact_id,
        deals.deal_id,
        deals.account_key,
        deals.created_at as deal_created_at,
        first_seen.created_at as contact_created_at,
        row_number() over (
            partition by associations.to_id
            order by deals.created_at asc, deals.deal_id asc
        ) as deal_number,
        row_number() over (
            partition by deals.deal_id
            order by first_seen.created_at asc, associations.to_id asc
        ) as contact_number
    from {{ ref('int_hubspot__associations') }} as associations
    inner join {{ ref('int_hubspot__deals') }} as deals
        on associations.from_id = deals.deal_id
    inner join first_seen
        on associations.to_id = first_seen.contact_id
    where
        associations.from_type = 'deal'
        and associations.to_type = 'contact'
        and not deals.is_deleted
        and not deals.is_synced

),

-- When a contact came to stand in a stage that means converted: HubSpot moves it there when a deal is made with it, and
-- sellers do by hand. Where no history tells, the stage's own date does. A colleague of a customer is given the
-- company's stage at once, which is no move.
converted_moments as (

    select
        changes.record_id as contact_id,
        changes.changed_at,
        changes.value_number > 1 as is_move
    from {{ ref('int_hubspot__property_changes') }} as changes
    inner join stages
        on lower(trim(changes.new_value)) = stages.status
    where
        changes.record_type = 'contact'
        and changes.property in ('lifecyclestage', 'hs_lead_status')
        and stages.stage = 'converted'

    {% for stage in ['opportunity', 'customer'] -%}
    union all

    select
        coalesce(survivor_id, contact_id) as contact_id,
        became_{{ stage }}_at as changed_at,
        coalesce(
            coalesce(
                became_subscriber_at, became_lead_at, became_marketingqualifiedlead_at, became_salesqualifiedlead_at
            ) < became_{{ stage }}_at,
            false
        ) as is_move
    from contacts
    where became_{{ stage }}_at is not null
    {% if not loop.last %}
    {% endif -%}
    {% endfor %}
),

known_people as (

    select
        *,
        deal_number = 1 and deal_created_at >= contact_created_at as may_have_converted,
        max(case when contact_number = 1 and deal_number > 1 then 1 else 0 end) over (partition by deal_id) = 1
            as has_known_oldest
    from deal_people

),

-- A contact that had no deal before may have stood in such a stage for a while. Beside a contact that had one, only a
-- move with the deal tells that it came from the other.
converted_people as (

    select distinct
        people.contact_id,
        people.deal_id
    from known_people as people
    inner join converted_moments as moments
        on people.contact_id = moments.contact_id
    where
        people.may_have_converted
        and moments.changed_at <= {{ dbt.dateadd('day', 1, latest_creation('people.deal_created_at')) }}
        and (
            not people.has_known_oldest
            or (moments.is_move and moments.changed_at >= {{ dbt.dateadd('day', -1, 'people.deal_created_at') }})
        )

),

weighed_people as (

    select
        people.*,
        converted_people.deal_id is not null as is_converted,
        count(converted_people.deal_id) over (partition by people.deal_id) > 0 as has_converted
    from known_people as people
    left join converted_people
        on
            people.contact_id = converted_people.contact_id
            and people.deal_id = converted_people.deal_id

),

-- HubSpot has no conversion. A contact came to its first deal, and of several those whose stage says so. Where no stage
-- does, a deal whose oldest contact has had one before was made with that contact and converts nobody; its contacts
-- have roles.
conversions as (

    select
        contact_id,
        deal_id,
        account_key,
        deal_created_at
    from weighed_people
    where case when has_converted then is_converted else may_have_converted and not has_known_oldest end

)

select
    contacts.source_system,
    contacts.contact_id,
    {{ record_key('hubspot', 'lead', 'contacts.contact_id') }} as lead_key,
    {{ record_key('hubspot', 'contact', 'contacts.contact_id') }} as contact_key,
    {{ record_key('hubspot', 'lead', 'contacts.survivor_id') }} as lead_survivor_key,
    {{ record_key('hubspot', 'contact', 'contacts.survivor_id') }} as contact_survivor_key,
    {{ record_key('hubspot', 'account', 'companies.company_id') }} as account_key,
    {{ record_key('hubspot', 'opportunity', 'conversions.deal_id') }} as converted_opportunity_key,
    conversions.account_key as converted_account_key,
    conversions.deal_created_at as converted_at,
    coalesce(owners.user_key, {{ record_key('hubspot', 'owner', 'contacts.owner_id') }}) as owner_key,
    creations.created_by_id as creator_key,
    contacts.email,
    nullif(trim(coalesce(contacts.first_name, '') || ' ' || coalesce(contacts.last_name, '')), '') as contact_name,
    contacts.title,
    contacts.company,
    contacts.website,
    contacts.country,
    contacts.original_source,
    -- A record that was merged away stands in no stage: its survivor does. Of the two properties that tell, the
    -- sellers' refusal comes before the stage that HubSpot keeps.
    case
        when contacts.survivor_id is not null then null
        when stages.stage in ('rejected', 'disqualified', 'recycled') then contacts.lead_status
        else coalesce(contacts.lifecycle_stage, contacts.lead_status)
    end as status,
    contacts.lifecycle_stage,
    contacts.created_at,
    contacts.last_modified_at,
    contacts.is_deleted or contacts.survivor_id is not null as is_deleted,
    contacts.source_file
from contacts
left join stages
    on lower(trim(contacts.lead_status)) = stages.status
left join companies
    on coalesce(contacts.survivor_id, contacts.contact_id) = companies.contact_id
left join conversions
    on contacts.contact_id = conversions.contact_id
left join {{ ref('int_hubspot__owners') }} as owners
    on lower(trim(contacts.owner_id)) = owners.owner_given
left join {{ ref('int_hubspot__creations') }} as creations
    on
        contacts.contact_id = creations.record_id
        and creations.record_type = 'contact'
