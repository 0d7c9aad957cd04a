with

salesforce as (

    select
        source_system,
        history_id,
        {{ record_key('salesforce', 'opportunity', 'opportunity_id') }} as opportunity_id,
        stage_name,
        cast(amount as decimal(18, 2)) as amount_original,
        close_date,
        probability,
        {{ record_key('salesforce', 'user', 'changed_by_id') }} as changed_by_id,
        changed_at
    from {{ ref('stg_salesforce__opportunity_history') }}

)

select * from salesforce
