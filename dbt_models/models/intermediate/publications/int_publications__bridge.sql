with

before as (

    {{ state_before(ref('stg_audit__kept_figures')) | indent(4) }}

),

pair as (

    select * from {{ ref('int_publications__pair') }}

),

-- Credit is compared in one model: what an edited report_model did is a change of configuration.
figures as (

    select
        before.figure,
        before.report_month,
        before.member,
        before.amount as previous_amount,
        cast(0 as decimal(18, 2)) as current_amount
    from before
    inner join {{ ref('stg_audit__kept_publications') }} as previous
        on before.model = previous.report_model or before.model = ''
    inner join pair
        on previous.publication_number = pair.previous_number

    union all

    select
        today.figure,
        today.report_month,
        today.member,
        cast(0 as decimal(18, 2)) as previous_amount,
        today.amount as current_amount
    from {{ ref('int_publications__figures') }} as today
    inner join pair
        on today.model = pair.report_model or today.model = ''

),

totals as (

    select
        figure,
        report_month,
        member,
        sum(previous_amount) as previous_amount,
        sum(current_amount) as current_amount
    from figures
    group by figure, report_month, member

)

select
    changes.publication_number,
    changes.figure,
    changes.report_month,
    changes.member,
    changes.cause,
    changes.subject_type,
    changes.subject_id,
    changes.change_amount,
    changes.evidence,
    cast(coalesce(totals.previous_amount, 0) as decimal(18, 2)) as previous_amount,
    cast(coalesce(totals.current_amount, 0) as decimal(18, 2)) as current_amount
from {{ ref('int_publications__changes') }} as changes
left join totals
    on
        changes.figure = totals.figure
        and changes.report_month is not distinct from totals.report_month
        and changes.member = totals.member
