select
    credit.opportunity_id,
    case
        when credit.touchpoint_id is null then 'unattributed'
        else coalesce(credit.channel, 'unmapped')
    end as channel,
    cast(sum(credit.attributed_amount) as decimal(18, 2)) as amount
from {{ ref('fct_attribution') }} as credit
inner join {{ ref('int_publications__pair') }} as pair
    on credit.model = pair.report_model
where credit.outcome = 'won'
group by
    credit.opportunity_id,
    case
        when credit.touchpoint_id is null then 'unattributed'
        else coalesce(credit.channel, 'unmapped')
    end
