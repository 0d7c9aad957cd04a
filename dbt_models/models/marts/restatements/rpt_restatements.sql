select
    publication_id,
    report_month,
    report_month_name,
    figure,
    member,
    cause,
    max(previous_amount) as previous_amount,
    max(current_amount) as current_amount,
    cast(sum(change_amount) as decimal(18, 2)) as change_amount,
    cast(count(*) as bigint) as subjects
from {{ ref('fct_restatements') }}
group by
    publication_id,
    report_month,
    report_month_name,
    figure,
    member,
    cause
