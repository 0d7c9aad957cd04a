with

in_progress as (

    select * from {{ ref('stg_audit__publication_in_progress') }}

),

previous as (

    select * from {{ ref('stg_audit__kept_publications') }}
    where is_published

),

run_context as (

    select
        reporting_currency,
        report_model
    from {{ ref('stg_reference__run_context') }}

),

-- Records that were first seen in a later run than the publication's are new to it.
runs as (

    select cast(coalesce(max(run_number), 0) as bigint) as creation_run
    from {{ ref('int_identity__creation_memory') }}

),

models as (

    select
        min(model) as first_model,
        max(case when model = 'linear' then model end) as linear_model
    from {{ ref('stg_reference__attribution_models') }}
    where enabled

)

select
    in_progress.publication_number,
    in_progress.publication_id,
    in_progress.as_of,
    in_progress.known_until,
    in_progress.files_fingerprint,
    in_progress.reference_fingerprint,
    in_progress.code_fingerprint,
    in_progress.definitions_fingerprint,
    in_progress.people_reference_fingerprint,
    in_progress.people_definitions_fingerprint,
    in_progress.touch_reference_fingerprint,
    in_progress.touch_definitions_fingerprint,
    run_context.reporting_currency,
    coalesce(run_context.report_model, models.linear_model, models.first_model) as report_model,
    previous.publication_number as previous_number,
    previous.publication_id as previous_publication_id,
    previous.as_of as previous_as_of,
    previous.report_model as previous_report_model,
    runs.creation_run,
    previous.creation_run as previous_creation_run,
    -- Time alone moves figures, too: a rate of today, a touch that lay ahead.
    previous.files_fingerprint <> in_progress.files_fingerprint or previous.as_of <> in_progress.as_of
        as is_data_moved,
    previous.reference_fingerprint <> in_progress.reference_fingerprint as is_configuration_moved,
    previous.code_fingerprint <> in_progress.code_fingerprint
    or previous.definitions_fingerprint <> in_progress.definitions_fingerprint as is_definition_moved,
    {%- for rules in ['people', 'touch'] %}
    case
        when previous.{{ rules }}_reference_fingerprint <> in_progress.{{ rules }}_reference_fingerprint
            then 'configuration'
        when previous.{{ rules }}_definitions_fingerprint <> in_progress.{{ rules }}_definitions_fingerprint
            then 'definition'
    end as {{ rules }}_rules_cause,
    {%- endfor %}
    previous.reporting_currency <> run_context.reporting_currency as is_reporting_currency_moved
from in_progress
cross join run_context
cross join models
cross join runs
left join previous
    on in_progress.previous_number = previous.publication_number
