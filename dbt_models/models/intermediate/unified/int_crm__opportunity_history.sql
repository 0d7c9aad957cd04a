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

),

hubspot as (

    select
        'hubspot' as source_system,
        history_id,
        {{ record_key('hubspot', 'opportunity', 'deal_id') }} as opportunity_id,
        stage_name,
        cast(amount as decimal(18, 2)) as amount_original,
        {{ deal_close_date('closed_at') }} as close_date,
        probability,
        changed_by_id,
        changed_at
    from {{ ref('int_hubspot__deal_states') }}

),

unioned as (

    select * from salesforce
    union all
    select * from hubspot

)

select * from unioned
