-- Fails if the weights of an opportunity in a model don't sum to 1. The tolerance covers the last digits of 10,000
-- doubles; a missing or doubled touch is off by far more.
select
    opportunity_id,
    model,
    sum(weight) as total_weight
from {{ ref('fct_attribution') }}
group by opportunity_id, model
having abs(sum(weight) - 1) > 0.000000001
