with

entries as (

    select * from {{ ref('int_lifecycle__account_entries') }}

)

select
    account_id,
    stage,
    occurrence,
    entered_at,
    entered_date,
    opportunity_id,
    opportunity_type,
    amount,
    contract_value_before,
    contract_value_after,
    growth_amount,
    contraction_amount,
    churned_amount,
    was_customer,
    source_system
from entries
