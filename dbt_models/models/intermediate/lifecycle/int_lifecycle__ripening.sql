with

won_deals as (

    select
        case
            when opportunities.outcome = 'won' and opportunities.opportunity_type = 'new_business'
                then
                    {{ dbt.datediff(
                        company_date('coalesce(originators.originator_created_at, opportunities.created_at)'),
                        'opportunities.close_date', 'day'
                    ) }}
        end as days_lead_to_close
    from {{ ref('int_revenue__opportunities') }} as opportunities
    inner join {{ ref('int_identity__opportunity_originators') }} as originators
        on opportunities.opportunity_id = originators.opportunity_id

)

select cast({{ ninth_decile('days_lead_to_close') }} as bigint) as days_to_ripen
from won_deals
