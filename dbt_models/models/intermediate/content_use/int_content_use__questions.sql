with

run_context as (

    select as_of from {{ ref('stg_reference__run_context') }}

),

questions as (

    select
        questions.*,
        run_context.as_of,
        coalesce(user_emails.user_id, questions.user_email) as user_id,
        assets.asset_id is not null as is_listed,
        -- A date that lies ahead, or an asset that isn't out, is no answer yet.
        greatest(questions.asked_at, coalesce(questions.answered_at, assets.published_at)) as reached_at,
        coalesce(assets.status = 'published' and assets.published_at <= run_context.as_of, false) as is_out
    from {{ ref('int_content__questions') }} as questions
    cross join run_context
    left join {{ ref('int_content__assets') }} as assets
        on
            questions.source_system = assets.source_system
            and questions.asset_id = assets.asset_id
            and not assets.is_deleted
    left join {{ ref('int_identity__user_emails') }} as user_emails
        on questions.user_email = user_emails.email
    where questions.asked_at <= run_context.as_of

),

judged as (

    select
        *,
        case
            when is_out and reached_at <= as_of then 'answered'
            when is_listed then 'in_development'
            else 'open'
        end as answer_status
    from questions

)

select
    question_id,
    user_id,
    asked_at,
    question,
    topic,
    persona,
    case when is_listed then asset_id end as asset_id,
    answer_status,
    case when answer_status = 'answered' then reached_at end as answered_at,
    cast(
        {{ dbt.datediff(
            company_date('asked_at'),
            company_date("case when answer_status = 'answered' then reached_at else as_of end"),
            'day'
        ) }} as bigint
    ) as days_to_answer
from judged
