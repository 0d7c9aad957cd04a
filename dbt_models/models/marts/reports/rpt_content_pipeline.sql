{#- On a scale of five, "of little use" on average; one seller's bad day is no verdict. -#}
{%- set unhelpful_rating = 2 %}
{%- set enough_raters = 2 %}
{#- A quarter: by then every seller has had an opportunity that it could have gone into. -#}
{%- set fair_chance_days = 90 %}
with

run_context as (

    select
        as_of,
        {{ company_date('as_of') }} as as_of_date
    from {{ ref('stg_reference__run_context') }}

),

assets as (

    select
        *,
        {{ company_date('planned_at') }} as planned_date,
        {{ company_date('first_planned_at') }} as first_planned_date,
        {{ company_date('published_at') }} as published_date
    from {{ ref('dim_content_asset') }}
    where not is_deleted

),

-- Whoever asked for an asset; an address that no user has stands for itself.
requests as (

    select
        assets.asset_id,
        coalesce(user_emails.user_id, assets.requested_by) as user_id,
        user_emails.user_name
    from {{ ref('int_content__assets') }} as assets
    left join {{ ref('int_identity__user_emails') }} as user_emails
        on assets.requested_by = user_emails.email
    where assets.requested_by is not null

),

uses as (

    select
        member as asset_id,
        max(people) as people,
        max(last_used_at) as last_used_at
    from {{ ref('int_content_use__results') }}
    where breakdown = 'asset'
    group by member

),

judged as (

    select
        assets.content_asset_id as asset_id,
        assets.title,
        assets.asset_type,
        assets.topic,
        assets.persona,
        assets.author,
        assets.status,
        assets.stage,
        requests.user_id as requested_by_user_id,
        requests.user_name as requested_by_user_name,
        assets.first_planned_date,
        assets.planned_date,
        assets.published_date,
        coalesce(assets.status = 'in_development', false) as is_in_development,
        coalesce(feedback.raters, 0) as raters,
        coalesce(feedback.rating_sum, 0) as rating_sum,
        feedback.average_rating,
        coalesce(feedback.shares, 0) as shares,
        feedback.last_shared_at,
        coalesce(uses.people, 0) as people,
        uses.last_used_at,
        run_context.as_of_date,
        {{ dbt.datediff('assets.published_date', 'run_context.as_of_date', 'day') }} as days_published
    from assets
    cross join run_context
    left join {{ ref('int_content_use__feedback') }} as feedback
        on assets.content_asset_id = feedback.asset_id
    left join uses
        on assets.content_asset_id = uses.asset_id
    left join requests
        on assets.content_asset_id = requests.asset_id

),

flagged as (

    select
        *,
        is_in_development and coalesce(planned_date < as_of_date, false) as is_overdue,
        raters >= {{ enough_raters }}
        and coalesce(average_rating <= {{ unhelpful_rating }}, false) as is_rated_unhelpful,
        not is_in_development
        and shares = 0
        and coalesce(days_published >= {{ fair_chance_days }}, false) as is_never_shared
    from judged

)

select
    asset_id,
    title,
    asset_type,
    topic,
    persona,
    author,
    status,
    stage,
    requested_by_user_id,
    requested_by_user_name,
    first_planned_date,
    planned_date,
    cast({{ dbt.datediff('first_planned_date', 'planned_date', 'day') }} as bigint) as days_postponed,
    published_date,
    is_in_development,
    is_overdue,
    is_rated_unhelpful,
    is_never_shared,
    raters,
    cast(rating_sum as decimal(18, 2)) as rating_sum,
    average_rating,
    shares,
    last_shared_at,
    people,
    last_used_at
from flagged
where is_in_development or is_rated_unhelpful or is_never_shared
