with

members as (

    select
        members.*,
        coalesce(contacts.person_id, leads.person_id, members.contact_id, members.lead_id) as person_key,
        case
            when not members.has_response_time
                then {{ company_day_end(to_company_time('members.first_responded_at')) }}
        end as day_end
    from {{ ref('int_crm__campaign_members') }} as members
    left join {{ ref('int_identity__person_identifiers') }} as contacts
        on
            members.contact_id = contacts.identifier
            and members.source_system || '_contact' = contacts.identifier_type
    left join {{ ref('int_identity__person_identifiers') }} as leads
        on
            members.lead_id = leads.identifier
            and members.source_system || '_lead' = leads.identifier_type
    where
        not members.is_deleted
        and (members.has_responded or members.first_responded_at is not null)

),

-- Of a response of which only the day is known, the membership's creation tells the timestamp if it falls on that day:
-- the visit that led to it comes before it, though a date is older than any moment of its day.
timed as (

    select
        *,
        case
            when has_response_time then first_responded_at
            when created_at between first_responded_at and day_end then created_at
            else coalesce(first_responded_at, created_at)
        end as responded_at,
        case when day_end is not null then first_responded_at end as responded_from,
        day_end as responded_until
    from members

),

-- A lead and a contact of one person in one campaign tell of one response when both are of one day, and a membership
-- without a date tells of none beside one with a date. Where a marketing tool tells of the campaign, too, all of them
-- tell of one response, the earliest.
numbered as (

    select
        *,
        case
            when first_responded_at is null and count(first_responded_at) over person_in_campaign > 0 then 2
            when min(source_system) over person_in_campaign <> max(source_system) over person_in_campaign
                then row_number() over (
                    partition by campaign_system, campaign_id, person_key
                    order by
                        case when first_responded_at is null then 1 else 0 end asc,
                        {{ company_date('responded_at') }} asc,
                        case when has_response_time then 0 else 1 end asc,
                        responded_at asc,
                        created_at asc nulls last,
                        source_system asc,
                        campaign_member_id asc
                )
            else row_number() over (
                partition by campaign_system, campaign_id, person_key, {{ company_date('responded_at') }}
                order by
                    case when first_responded_at is null then 1 else 0 end asc,
                    case when has_response_time then 0 else 1 end asc,
                    responded_at asc,
                    created_at asc nulls last,
                    campaign_member_id asc
            )
        end as copy_number
    from timed
    window person_in_campaign as (partition by campaign_system, campaign_id, person_key)

)

select
    source_system,
    source_object,
    campaign_member_id,
    campaign_system,
    campaign_id,
    lead_id,
    contact_id,
    responded_at,
    responded_from,
    responded_until,
    source_file
from numbered
where copy_number = 1 or person_key is null
