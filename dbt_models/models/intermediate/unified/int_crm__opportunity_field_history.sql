with

salesforce as (

    select
        source_system,
        history_id,
        {{ record_key('salesforce', 'opportunity', 'opportunity_id') }} as opportunity_id,
        case lower(replace(replace(field, '_', ''), ' ', ''))
            when 'leadsource' then 'lead_source'
            else lower(field)
        end as field,
        old_value,
        new_value,
        {{ record_key('salesforce', 'user', 'changed_by_id') }} as changed_by_id,
        changed_at
    from {{ ref('stg_salesforce__opportunity_field_history') }}

),

hubspot as (

    select
        'hubspot' as source_system,
        history_id,
        {{ record_key('hubspot', 'opportunity', 'record_id') }} as opportunity_id,
        'lead_source' as field,
        old_value,
        new_value,
        changed_by_id,
        changed_at
    from {{ ref('int_hubspot__property_changes') }}
    where
        record_type = 'deal'
        and property = 'hs_analytics_source'
        and value_number > 1

),

unioned as (

    select * from salesforce
    union all
    select * from hubspot

)

select * from unioned
