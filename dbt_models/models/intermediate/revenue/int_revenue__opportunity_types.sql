with

opportunities as (

    select
        opportunities.source_system,
        opportunities.opportunity_id,
        coalesce(account_survivors.live_account_id, opportunities.account_id) as account_id,
        lower(trim(opportunities.crm_type)) as crm_type,
        opportunities.created_at,
        opportunities.close_date,
        opportunities.is_won
    from {{ ref('int_crm__opportunities') }} as opportunities
    left join {{ ref('int_accounts__survivors') }} as account_survivors
        on
            opportunities.source_system = account_survivors.source_system
            and opportunities.account_id = account_survivors.account_id
    where not opportunities.is_deleted

),

type_rules as (

    select
        source_system,
        lower(trim(type)) as crm_type,
        min(opportunity_type) as opportunity_type
    from {{ ref('stg_reference__opportunity_types') }}
    group by
        source_system,
        lower(trim(type))

),

customers_since as (

    select
        source_system,
        account_id,
        min(close_date) as first_won_date
    from opportunities
    where
        is_won
        and account_id is not null
    group by
        source_system,
        account_id

)

select
    opportunities.source_system,
    opportunities.opportunity_id,
    opportunities.crm_type,
    case
        when type_rules.opportunity_type is not null then type_rules.opportunity_type
        when opportunities.crm_type is not null then 'unmapped'
        -- Nobody filled the type: the account's opportunities are new business until one of them is won.
        when
            customers_since.first_won_date is null
            or {{ company_date('opportunities.created_at') }} <= customers_since.first_won_date
            then 'new_business'
        else 'unmapped'
    end as opportunity_type
from opportunities
left join type_rules
    on
        opportunities.source_system = type_rules.source_system
        and opportunities.crm_type = type_rules.crm_type
left join customers_since
    on
        opportunities.source_system = customers_since.source_system
        and opportunities.account_id = customers_since.account_id
