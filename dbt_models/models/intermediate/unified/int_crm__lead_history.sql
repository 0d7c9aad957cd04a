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

)

select * from salesforce
