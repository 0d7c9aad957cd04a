with

handovers as (

    select * from {{ ref('int_lifecycle__handovers') }}

)

select
    person_id,
    handovers,
    handovers_to_sales,
    handovers_to_marketing,
    first_handed_over_at,
    last_handed_over_at,
    has_bought
from handovers
