select
    domain,
    is_own,
    is_learnt,
    basis,
    views
from {{ ref('int_touchpoints__own_domains') }}
