with

salesforce as (

    select
        source_system,
        history_id,
        {{ record_key('salesforce', 'lead', 'lead_id') }} as lead_id,
        case lower(replace(replace(field, '_', ''), ' ', ''))
            when 'leadsource' then 'lead_source'
            else lower(field)
        end as field,
        old_value,
        new_value,
        {{ record_key('salesforce', 'user', 'changed_by_id') }} as changed_by_id,
        changed_at
    from {{ ref('stg_salesforce__lead_history') }}

),

-- HubSpot's history tells values, the first one included, which is no change of the source or the address.
hubspot as (

    select
        'hubspot' as source_system,
        history_id,
        {{ record_key('hubspot', 'lead', 'contact_id') }} as lead_id,
        'status' as field,
        old_value,
        new_value,
        changed_by_id,
        changed_at
    from {{ ref('int_hubspot__status_changes') }}

    union all

    select
        'hubspot' as source_system,
        changes.history_id,
        {{ record_key('hubspot', 'lead', 'changes.record_id') }} as lead_id,
        case changes.property
            when 'hs_analytics_source' then 'lead_source'
            when 'hubspot_owner_id' then 'owner'
            else changes.property
        end as field,
        case
            when changes.property = 'hubspot_owner_id'
                then coalesce(old_owners.user_key, {{ record_key('hubspot', 'owner', 'changes.old_value') }})
            else changes.old_value
        end as old_value,
        case
            when changes.property = 'hubspot_owner_id'
                then coalesce(new_owners.user_key, {{ record_key('hubspot', 'owner', 'changes.new_value') }})
            else changes.new_value
        end as new_value,
        changes.changed_by_id,
        changes.changed_at
    from {{ ref('int_hubspot__property_changes') }} as changes
    left join {{ ref('int_hubspot__owners') }} as old_owners
        on changes.old_value = old_owners.owner_given
    left join {{ ref('int_hubspot__owners') }} as new_owners
        on changes.new_value = new_owners.owner_given
    where
        changes.record_type = 'contact'
        and (
            changes.property = 'hubspot_owner_id'
            or (changes.property in ('hs_analytics_source', 'email') and changes.value_number > 1)
        )

),

-- Beside a CRM Marketo tells of the statuses that the person had before the CRM knew it.
marketo as (

    select
        'marketo' as source_system,
        changes.history_id,
        leads.lead_key as lead_id,
        changes.field,
        changes.old_value,
        changes.new_value,
        changes.changed_by_id,
        changes.changed_at
    from {{ ref('int_marketo__field_changes') }} as changes
    inner join {{ ref('int_marketo__leads') }} as leads
        on changes.lead_id = leads.lead_id
    where
        changes.field <> 'status'
        or not leads.has_original
        or (not leads.is_copy and changes.changed_at < leads.original_created_at)

),

unioned as (

    select * from salesforce
    union all
    select * from hubspot
    union all
    select * from marketo

)

select * from unioned
