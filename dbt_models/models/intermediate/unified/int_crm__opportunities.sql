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
        cast(null as decimal(18, 2)) as converted_amount,
        cast(null as {{ dbt.type_string() }}) as converted_currency,
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

),

hubspot as (

    select
        source_system,
        opportunity_key as opportunity_id,
        account_key as account_id,
        deal_name as opportunity_name,
        stage_name,
        deal_type as crm_type,
        cast(amount as decimal(18, 2)) as amount_original,
        currency,
        cast(converted_amount as decimal(18, 2)) as converted_amount,
        converted_currency,
        original_source as lead_source,
        campaign_id,
        contact_key as primary_contact_id,
        owner_key as owner_id,
        creator_key as created_by_id,
        {{ creation_moment('created_at', run_setting('as_of')) }} as created_at,
        case
            when is_closed then {{ plausible_moment(deal_close_date('closed_at'), run_setting('as_of')) }}
            when {{ deal_close_date('closed_at') }} >= {{ earliest_plausible_date() }}
                then {{ deal_close_date('closed_at') }}
        end as close_date,
        is_closed,
        is_won,
        probability,
        is_deleted,
        source_file
    from {{ ref('int_hubspot__deals') }}
    where not is_synced

),

unioned as (

    select * from salesforce
    union all
    select * from hubspot

)

select * from unioned
