with

run_context as (

    select {{ company_date('as_of') }} as as_of_date
    from {{ ref('stg_reference__run_context') }}

),

opportunities as (

    select
        opportunities.*,
        case when opportunities.is_closed then opportunities.close_date else run_context.as_of_date end as rate_date
    from {{ ref('int_crm__opportunities') }} as opportunities
    cross join run_context
    where not opportunities.is_deleted

),

joined as (

    select
        opportunities.opportunity_id,
        opportunities.source_system,
        -- A merged account takes its opportunities along.
        coalesce(account_survivors.live_account_id, opportunities.account_id) as account_id,
        opportunities.opportunity_name,
        opportunity_types.opportunity_type,
        opportunities.stage_name,
        opportunities.is_closed,
        opportunities.is_closed and opportunities.is_won as is_won,
        case
            when not opportunities.is_closed then 'open'
            when opportunities.is_won then 'won'
            else 'lost'
        end as outcome,
        opportunities.created_at,
        case when opportunities.is_closed then closings.close_date else opportunities.close_date end as close_date,
        closings.closed_at,
        closings.closed_at_precision,
        opportunities.amount_original,
        opportunities.converted_amount,
        case
            when opportunities.converted_currency is not null then opportunities.currency
            else exchange_rates.currency
        end as currency,
        exchange_rates.exchange_rate,
        exchange_rates.has_rate,
        -- What the CRM itself has converted counts as converted there. An amount without a rate counts as nothing, not
        -- as another currency; a blocking test stops the night.
        coalesce(
            {{ convert_money(
                'coalesce(opportunities.converted_amount, opportunities.amount_original)', 'exchange_rates.from_rate',
                'exchange_rates.to_rate'
            ) }},
            cast(0 as decimal(18, 2))
        ) as amount,
        opportunities.amount_original is null as is_amount_missing,
        opportunities.lead_source as crm_lead_source,
        opportunities.campaign_id,
        opportunities.primary_contact_id,
        opportunities.owner_id,
        opportunities.created_by_id,
        opportunities.source_file
    from opportunities
    inner join {{ ref('int_revenue__opportunity_types') }} as opportunity_types
        on
            opportunities.source_system = opportunity_types.source_system
            and opportunities.opportunity_id = opportunity_types.opportunity_id
    inner join {{ ref('int_revenue__exchange_rates') }} as exchange_rates
        on
            opportunities.source_system = exchange_rates.source_system
            and coalesce(opportunities.converted_currency, opportunities.currency, '') = exchange_rates.currency_given
            and opportunities.rate_date is not distinct from exchange_rates.rate_date
    left join {{ ref('int_accounts__survivors') }} as account_survivors
        on
            opportunities.source_system = account_survivors.source_system
            and opportunities.account_id = account_survivors.account_id
    left join {{ ref('int_revenue__closings') }} as closings
        on
            opportunities.source_system = closings.source_system
            and opportunities.opportunity_id = closings.opportunity_id

)

select
    opportunity_id,
    source_system,
    account_id,
    opportunity_name,
    opportunity_type,
    stage_name,
    is_closed,
    is_won,
    outcome,
    created_at,
    close_date,
    closed_at,
    closed_at_precision,
    amount_original,
    currency,
    -- The CRM's own rate is what its two amounts tell.
    case
        when converted_amount is not null and amount_original <> 0
            then cast(
                cast(
                    {{ divide_half_up(
                        whole_units('abs(amount)', 2) ~ ' * 1000000000000', whole_units('abs(amount_original)', 2)
                    ) }}
                    as decimal(26, 0)
                )
                * cast(0.000000000001 as decimal(12, 12)) as decimal(28, 12)
            )
        else exchange_rate
    end as exchange_rate,
    has_rate,
    amount,
    is_amount_missing,
    crm_lead_source,
    campaign_id,
    primary_contact_id,
    owner_id,
    created_by_id,
    source_file
from joined
