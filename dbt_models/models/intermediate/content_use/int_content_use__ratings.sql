with

user_emails as (

    select * from {{ ref('int_identity__user_emails') }}

),

-- Two addresses of one user at one timestamp: the worse word, so that the choice is the same every night.
ratings as (

    select
        feedback.asset_id,
        coalesce(user_emails.user_id, feedback.user_email) as user_id,
        feedback.given_at,
        feedback.rating,
        feedback.comment
    from {{ ref('int_content__feedback') }} as feedback
    left join user_emails
        on feedback.user_email = user_emails.email
    where feedback.given_at <= {{ run_setting('as_of') }}
    qualify
        row_number() over (
            partition by feedback.asset_id, coalesce(user_emails.user_id, feedback.user_email), feedback.given_at
            order by feedback.rating asc nulls last, feedback.user_email asc
        ) = 1

)

select
    asset_id,
    user_id,
    given_at,
    rating,
    comment,
    rating is not null
    and row_number() over (
        partition by asset_id, user_id
        order by case when rating is null then 1 else 0 end asc, given_at desc
    ) = 1 as is_latest
from ratings
