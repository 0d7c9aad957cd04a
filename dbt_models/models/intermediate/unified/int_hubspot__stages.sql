with

-- Some exports hold a pipeline's stages inside it, others in a table of their own.
nested as (

    select
        pipeline_id,
        {{ json_elements('stages') }} as stage
    from {{ ref('stg_hubspot__deal_pipelines') }}
    where stages is not null

),

given as (

    select
        stage_id,
        pipeline_id,
        stage_name,
        probability,
        is_closed
    from {{ ref('stg_hubspot__deal_pipeline_stages') }}

    union all

    select
        coalesce({{ json_field('stage', 'stageId') }}, {{ json_field('stage', 'id') }}) as stage_id,
        pipeline_id,
        {{ json_field('stage', 'label') }} as stage_name,
        try_cast({{ json_field('stage', 'metadata.probability') }} as decimal(28, 6)) as probability,
        lower({{ json_field('stage', 'metadata.isClosed') }}) = 'true' as is_closed
    from nested

),

told_once as (

    select
        given.stage_id,
        coalesce(nullif(trim(given.stage_name), ''), given.stage_id) as stage_name,
        pipelines.pipeline_name,
        given.probability,
        coalesce(given.is_closed, given.probability in (0, 1), false) as is_closed
    from given
    left join {{ ref('stg_hubspot__deal_pipelines') }} as pipelines
        on given.pipeline_id = pipelines.pipeline_id
    where given.stage_id is not null
    qualify row_number() over (partition by given.stage_id order by given.stage_name asc nulls last) = 1

),

-- A loader calls a stage closed_won that is closed, won or lost; only the probability tells which.
judged as (

    select
        *,
        is_closed and coalesce(probability = 1, stage_id = 'closedwon') as is_won
    from told_once

)

-- Two pipelines may call a stage alike; where only one of them ends there, the pipeline's name tells them apart.
select
    stage_id,
    case
        when min(is_closed) over (partition by stage_name) <> max(is_closed) over (partition by stage_name)
            then stage_name || coalesce(' (' || pipeline_name || ')', '')
        else stage_name
    end as stage_name,
    lower(stage_name) as stage_given,
    probability,
    is_closed,
    is_won
from judged
