with

crm_campaigns as (

    select
        campaign_id,
        source_system,
        campaign_name,
        campaign_type,
        status,
        start_date,
        end_date,
        budgeted_cost as budgeted_cost_original,
        actual_cost as actual_cost_original,
        currency,
        parent_id as parent_campaign_id,
        owner_id as owner_user_id,
        created_at,
        is_deleted,
        false as is_of_ad_network
    from {{ ref('int_crm__campaigns') }}

),

ad_days as (

    select
        *,
        row_number() over (
            partition by source_system, campaign_id
            order by spend_date desc, ad_account_id asc, campaign_name asc
        ) as recency
    from {{ ref('int_ads__daily_spend') }}

),

-- A campaign that was renamed goes by its latest name; what it cost is in fct_spend.
ad_campaigns as (

    select
        campaign_id,
        source_system,
        max(case when recency = 1 then campaign_name end) as campaign_name,
        'Advertising' as campaign_type,
        cast(null as {{ dbt.type_string() }}) as status,
        min(spend_date) as start_date,
        max(spend_date) as end_date,
        cast(null as decimal(18, 2)) as budgeted_cost_original,
        cast(null as decimal(18, 2)) as actual_cost_original,
        max(case when recency = 1 then currency end) as currency,
        cast(null as {{ dbt.type_string() }}) as parent_campaign_id,
        cast(null as {{ dbt.type_string() }}) as owner_user_id,
        cast(null as timestamp) as created_at,
        false as is_deleted,
        true as is_of_ad_network
    from ad_days
    group by
        source_system,
        campaign_id

),

unioned as (

    select * from crm_campaigns

    union all

    select * from ad_campaigns

)

select
    {{ campaign_key('source_system', 'campaign_id') }} as campaign_key,
    unioned.*
from unioned
