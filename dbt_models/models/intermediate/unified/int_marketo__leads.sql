with

-- What the CRM beside Marketo holds: a Salesforce record is found by the sync's ids.
salesforce_records as (

    select
        'lead' as record_type,
        lead_id as record_id,
        email,
        created_at
    from {{ ref('stg_salesforce__lead') }}

    union all

    select
        'contact' as record_type,
        contact_id as record_id,
        email,
        created_at
    from {{ ref('stg_salesforce__contact') }}

),

synced_ids as (

    select
        lead_id,
        'lead' as record_type,
        salesforce_lead_id as record_id
    from {{ ref('stg_marketo__leads') }}

    union all

    select
        lead_id,
        'contact' as record_type,
        salesforce_contact_id as record_id
    from {{ ref('stg_marketo__leads') }}

),

synced_originals as (

    select
        synced_ids.lead_id,
        min(records.created_at) as created_at
    from synced_ids
    inner join salesforce_records as records
        on
            synced_ids.record_type = records.record_type
            and synced_ids.record_id = records.record_id
    group by synced_ids.lead_id

),

crm_emails as (

    select
        email,
        created_at
    from salesforce_records

    union all

    select
        email,
        created_at
    from {{ ref('stg_hubspot__contacts') }}

),

-- A mailbox that many people read tells nobody's record.
emailed_originals as (

    select
        crm_emails.email,
        min(crm_emails.created_at) as created_at
    from crm_emails
    left join {{ ref('stg_reference__shared_mailboxes') }} as shared_mailboxes
        on split_part(crm_emails.email, '@', 1) = shared_mailboxes.local_part
    where crm_emails.email is not null and shared_mailboxes.local_part is null
    group by crm_emails.email

),

deletions as (

    {{ marketo_activities('delete_lead', 37, []) | indent(4) }}

),

deleted_leads as (

    select distinct lead_id from deletions

),

known as (

    select
        leads.*,
        merged_away.survivor_id,
        creations.created_by_id,
        synced_originals.lead_id is not null or emailed_originals.email is not null as has_original,
        coalesce(synced_originals.created_at, emailed_originals.created_at) as original_created_at,
        coalesce(creations.source, 'salesforce_sync') = 'salesforce_sync' as is_made_by_sync,
        deleted_leads.lead_id is not null as has_deletion
    from {{ ref('stg_marketo__leads') }} as leads
    left join {{ ref('int_marketo__merged_ids') }} as merged_away
        on leads.lead_id = merged_away.lead_id
    left join {{ ref('int_marketo__creations') }} as creations
        on leads.lead_id = creations.lead_id
    left join synced_originals
        on leads.lead_id = synced_originals.lead_id
    left join emailed_originals
        on leads.email = emailed_originals.email
    left join deleted_leads
        on leads.lead_id = deleted_leads.lead_id
    where not coalesce(leads.is_anonymous, false)

)

-- A copy that the sync made of a CRM's record was created there, and by whom, the CRM says: it is no record of its own.
-- The CRM also says in which status the person is.
select
    source_system,
    lead_id,
    {{ record_key('marketo', 'lead', 'lead_id') }} as lead_key,
    {{ record_key('marketo', 'lead', 'survivor_id') }} as survivor_key,
    case when not (has_original and is_made_by_sync) then created_by_id end as creator_key,
    email,
    nullif(trim(coalesce(first_name, '') || ' ' || coalesce(last_name, '')), '') as lead_name,
    title,
    company,
    website,
    country,
    lead_source,
    case when survivor_id is null and not has_original then status end as status,
    salesforce_lead_id,
    salesforce_contact_id,
    has_original,
    has_original and is_made_by_sync as is_copy,
    original_created_at,
    case when not (has_original and is_made_by_sync) then created_at end as created_at,
    last_modified_at,
    is_deleted or has_deletion or (has_original and is_made_by_sync) as is_deleted,
    source_file
from known
