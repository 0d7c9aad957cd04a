select
    published.publication_number,
    published.publication_id,
    published.as_of,
    published.report_model
from {{ ref('stg_audit__kept_publications') }} as published
inner join {{ ref('stg_audit__publication_in_progress') }} as in_progress
    on
        published.publication_number < in_progress.publication_number
        and published.as_of <= in_progress.as_of
        and {{ is_same('published.is_sample', 'in_progress.is_sample') }}
where published.is_published
