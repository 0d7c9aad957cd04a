with

salesforce as (

    select
        source_system,
        history_id,
        opportunity_id,
        field,
        old_value,
        new_value,
        changed_by_id,
        changed_at
    from {{ ref('stg_salesforce__opportunity_field_history') }}

)

select * from salesforce
