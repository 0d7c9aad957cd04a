"""Section 4: what was read, what is new, what is being made, and what sellers do with it and say of it."""

from __future__ import annotations

from dagster_project.review.views import Card, Section, View, columns, company_date

_THEME = "{topic} in ('', coalesce(topic, '')) and {persona} in ('', coalesce(persona, ''))"

TOP = Card(
    "top",
    "Top five of the week",
    "What was read most in the last whole week of the period?",
    follows=("period",),
    source=("rpt_content_weekly_top5",),
    views=(
        View(
            "top_five",
            "Most visited in the week",
            columns(
                "id|asset",
                "title|piece",
                "rank|place|count",
                "week|week of|date",
                "climbed|places up or down|signed",
                "visits|visits|count",
                "people|people|count",
                "leads|leads|count",
                "mqls|MQLs|count",
                "attributed_amount|credit so far|money",
                "verdict|verdict|word",
            ),
            """
select
    asset_id as id, rank, title, week, previous_rank - rank as climbed, visits, people, leads, mqls,
    attributed_amount, verdict
from marts.rpt_content_weekly_top5
where week = (
    select max(week) from marts.rpt_content_weekly_top5 where is_complete_week and week <= {end}::date - 6
)
order by rank
""",
            "Nothing was visited in any whole week up to then, or no content is delivered (content.assets).",
            requires=("rpt_content_weekly_top5.previous_rank",),
            absent="The week's top five in this published file doesn't tell whole weeks and changes of place.",
            note="A dash under places: nobody visited it in the week before.",
        ),
    ),
)

NEW = Card(
    "new",
    "New, and in the making",
    "What came out in the period, what comes next, and who asked for it?",
    follows=("period", "topic", "persona"),
    source=("dim_content_asset", "rpt_content_pipeline"),
    views=(
        View(
            "published",
            "Published in the period",
            columns(
                "id|asset",
                "title|piece",
                "asset_type|type|word",
                "topic|topic",
                "persona|persona",
                "author|author",
                "published_on|published|date",
            ),
            f"""
select
    content_asset_id as id, title, asset_type, topic, persona, author,
    {company_date("published_at")} as published_on
from marts.dim_content_asset
where not is_deleted and status = 'published'
    and {company_date("published_at")} between {{start}} and {{end}}
    and {_THEME}
order by published_on desc, id
""",
            "Nothing was published in the period.",
        ),
        View(
            "making",
            "In the making",
            columns(
                "id|asset",
                "title|piece",
                "stage|stage|word",
                "requested_by|asked for by",
                "planned_on|due|date",
                "first_planned_on|first due|date",
                "days_postponed|days later|count",
                "is_overdue|overdue|flag",
                "asset_type|type|word",
                "persona|persona",
                "author|author",
            ),
            f"""
select
    asset_id as id, title, stage, requested_by_user_name as requested_by, planned_date as planned_on,
    first_planned_date as first_planned_on, days_postponed, is_overdue, asset_type, persona, author
from marts.rpt_content_pipeline
where is_in_development and {_THEME}
order by planned_on nulls last, id
""",
            "Nothing is being made, or the library doesn't deliver assets in development.",
            requires=("rpt_content_pipeline.stage", "rpt_content_pipeline.requested_by_user_name"),
            absent="Stage, requester and first date of pieces in the making aren't in this published file.",
        ),
    ),
)

EFFECT = Card(
    "effect",
    "What content brings",
    "Which pieces earn revenue, and which do more or less than others of their kind?",
    follows=("model", "topic", "persona"),
    source=("rpt_content_effectiveness",),
    views=(
        View(
            "effect",
            "All time, the most credit first",
            columns(
                "id|asset",
                "title|piece",
                "asset_type|type|word",
                "topic|topic",
                "persona|persona",
                "visits|visits|count",
                "people|people|count",
                "mqls_touched|MQLs touched|count",
                "mqls_sourced|MQLs begun|count",
                "deals_won_touched|won deals touched|count",
                "attributed_amount|credit|money",
                "verdict|verdict|word",
            ),
            f"""
select
    asset_id as id, coalesce(title, asset_id) as title, asset_type, topic, persona, visits, people, mqls_touched,
    mqls_sourced, deals_won_touched, attributed_amount, verdict
from marts.rpt_content_effectiveness
where model = {{model}} and {_THEME}
order by attributed_amount desc, people desc, id
""",
            "No content was used: content.assets isn't delivered, or no visit leads to an asset.",
        ),
    ),
)

SELLERS = Card(
    "sellers",
    "What sellers do with it",
    "Who gives which piece to whom, and is it opened?",
    beside=True,
    follows=("period (first table)", "seller"),
    source=("fct_touchpoints", "rpt_content_by_seller"),
    views=(
        View(
            "shares",
            "Given to prospects in the period",
            columns("id|user", "seller|seller", "shares|times given|count", "pieces|pieces|count"),
            f"""
select
    coalesce(touches.actor_user_id, '') as id, coalesce(any_value(users.user_name), touches.actor_user_id, 'nobody')
    as seller, count(*) as shares, count(distinct touches.content_asset_id) as pieces
from marts.fct_touchpoints as touches
left join marts.dim_user as users on touches.actor_user_id = users.user_id
where touches.touch_type = 'content_share'
    and {company_date("touches.occurred_at")} between {{start}} and {{end}}
    and {{seller}} in ('', coalesce(touches.actor_user_id, ''))
group by touches.actor_user_id
order by shares desc, id
""",
            "No seller gave content to a prospect in the period; that is known from content.shares.",
        ),
        View(
            "by_seller",
            "Piece by seller, all time",
            columns(
                "id|piece and user",
                "title|piece",
                "seller|seller",
                "shares|times given|count",
                "opened_after|opened after|count",
                "deals_won_after|deals won after|count",
                "won_amount_after|their amount|money",
            ),
            """
select
    asset_id || ' & ' || seller_user_id as id, coalesce(title, asset_id) as title,
    coalesce(seller_name, seller_user_id) as seller, shares, opened_after, deals_won_after, won_amount_after
from marts.rpt_content_by_seller
where {seller} in ('', seller_user_id)
order by won_amount_after desc, shares desc, id
""",
            "No seller gave content to a prospect.",
            requires=("rpt_content_by_seller",),
            absent="Which seller gave which piece isn't in this published file.",
            note="A deal counts whole with each piece and seller that was part of it: amounts don't add up, and are no "
            "credit.",
        ),
    ),
)

VOICES = Card(
    "voices",
    "What sellers say",
    "How do they rate it, what do they write, what do they ask for?",
    follows=("period", "seller"),
    source=("rpt_seller_feedback", "rpt_content_questions", "rpt_content_pipeline"),
    views=(
        View(
            "feedback",
            "Ratings and comments of the period",
            columns(
                "id|rating",
                "title|piece",
                "seller|seller",
                "given_on|on|date",
                "rating|rating|decimal",
                "comment|comment",
            ),
            f"""
select
    asset_id || ' · ' || coalesce(seller_user_id, '') || ' · ' || given_at as id, coalesce(title, asset_id) as title,
    coalesce(seller_name, seller_user_id) as seller, {company_date("given_at")} as given_on, rating, comment
from marts.rpt_seller_feedback
where {company_date("given_at")} between {{start}} and {{end}} and {{seller}} in ('', coalesce(seller_user_id, ''))
order by given_on desc, id
""",
            "No seller rated a piece in the period; ratings come from content.feedback.",
            requires=("rpt_seller_feedback",),
            absent="Single ratings and comments aren't in this published file; means of unhelpful pieces are below.",
        ),
        View(
            "questions",
            "Questions of sellers, the unanswered first",
            columns(
                "id|question id",
                "question|question",
                "seller|seller",
                "asked_on|asked|date",
                "topic|topic",
                "persona|persona",
                "answer_status|answer|word",
                "title|answered by",
                "days_to_answer|days|count",
            ),
            f"""
select
    question_id as id, question, coalesce(seller_name, seller_user_id) as seller,
    {company_date("asked_at")} as asked_on, topic, persona, answer_status, title, days_to_answer
from marts.rpt_content_questions
where {{seller}} in ('', coalesce(seller_user_id, ''))
order by answered_at is not null, asked_on desc, id
""",
            "No seller asked for anything: content.questions holds none.",
            requires=("rpt_content_questions",),
            absent="Questions of sellers aren't in this published file.",
        ),
        View(
            "decide",
            "Rated unhelpful, or never given to anybody",
            columns(
                "id|asset",
                "title|piece",
                "average_rating|mean rating|decimal",
                "raters|raters|count",
                "shares|times given|count",
                "people|people who used it|count",
            ),
            """
select asset_id as id, title, average_rating, raters, shares, people
from marts.rpt_content_pipeline
where is_rated_unhelpful or is_never_shared
order by people desc, id
""",
            "No piece is rated unhelpful and every older one has been given to somebody.",
        ),
    ),
)

SECTION = Section("four", "Content", (TOP, NEW, EFFECT, SELLERS, VOICES))
