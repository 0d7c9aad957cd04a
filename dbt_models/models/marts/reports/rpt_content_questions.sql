select
    questions.question_id,
    questions.asked_at,
    questions.user_id as seller_user_id,
    sellers.user_name as seller_name,
    questions.question,
    questions.topic,
    questions.persona,
    questions.answer_status,
    questions.asset_id,
    assets.title,
    questions.answered_at,
    questions.days_to_answer
from {{ ref('int_content_use__questions') }} as questions
left join {{ ref('dim_content_asset') }} as assets
    on questions.asset_id = assets.content_asset_id
left join {{ ref('dim_user') }} as sellers
    on questions.user_id = sellers.user_id
