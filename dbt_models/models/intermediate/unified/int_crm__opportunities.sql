with

salesforce as (

    select
        source_system,
        opportunity_id,
        account_id,
        opportunity_name,
        stage_name,
        crm_type,
        cast(amount as decimal(18, 2)) as amount_original,
        currency,
        lead_source,
        campaign_id,
        primary_contact_id,
        owner_id,
        created_by_id,
        created_at,
        close_date,
        coalesce(is_closed, false) as is_closed,
        coalesce(is_won, false) as is_won,
        probability,
        is_deleted,
        source_file
    from {{ ref('stg_salesforce__opportunity') }}

)

select * from salesforce
