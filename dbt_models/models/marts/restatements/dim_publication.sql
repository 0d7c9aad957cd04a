with

in_progress as (

    select * from {{ ref('int_publications__pair') }}

),

kept as (

    select
        kept.*,
        previous.publication_id as previous_publication_id
    from {{ ref('stg_audit__kept_publications') }} as kept
    left join {{ ref('stg_audit__kept_publications') }} as previous
        on kept.previous_number = previous.publication_number
    where kept.is_published

),

unioned as (

    {%- for relation in ['kept', 'in_progress'] %}
    select
        publication_number,
        publication_id,
        previous_publication_id,
        as_of,
        known_until,
        files_fingerprint,
        reference_fingerprint,
        code_fingerprint,
        definitions_fingerprint,
        reporting_currency,
        report_model
    from {{ relation }}
    {%- if relation == 'kept' %}
    where publication_number < (select in_progress.publication_number from in_progress)

    union all
    {%- endif %}
    {% endfor %}

)

select
    publication_id,
    publication_number,
    previous_publication_id,
    as_of,
    known_until,
    files_fingerprint,
    reference_fingerprint,
    code_fingerprint,
    definitions_fingerprint,
    reporting_currency,
    report_model,
    publication_number = max(publication_number) over () as is_latest
from unioned
