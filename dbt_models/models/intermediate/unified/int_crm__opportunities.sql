with

salesforce as (

    select
        source_system,
        {{ record_key('salesforce', 'opportunity', 'opportunity_id') }} as opportunity_id,
        {{ record_key('salesforce', 'account', 'account_id') }} as account_id,
        opportunity_name,
        stage_name,
        crm_type,
        cast(amount as decimal(18, 2)) as amount_original,
        currency,
        lead_source,
        campaign_id,
        {{ record_key('salesforce', 'contact', 'primary_contact_id') }} as primary_contact_id,
        {{ record_key('salesforce', 'user', 'owner_id') }} as owner_id,
        {{ record_key('salesforce', 'user', 'created_by_id') }} as created_by_id,
        {{ creation_moment('created_at', run_setting('as_of')) }} as created_at,
        case
            when is_closed then {{ plausible_moment('close_date', run_setting('as_of')) }}
            when close_date >= {{ earliest_plausible_date() }} then close_date
        end as close_date,
        coalesce(is_closed, false) as is_closed,
        coalesce(is_won, false) as is_won,
        probability,
        is_deleted,
        source_file
    from {{ ref('stg_salesforce__opportunity') }}

)

select * from salesforce
