-- Each publication is compared with the last one before it, whatever that was as of; so a change may be told by one as
-- of later than this run.
select published.publication_number
from {{ ref('stg_audit__kept_publications') }} as published
inner join {{ ref('stg_audit__publication_in_progress') }} as in_progress
    on
        published.publication_number < in_progress.publication_number
        and {{ is_same('published.is_sample', 'in_progress.is_sample') }}
where published.is_published
