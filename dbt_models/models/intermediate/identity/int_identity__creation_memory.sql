{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='append_new_columns',
        full_refresh=false
    )
}}

with

-- Worked out before the join, or the question "is anything new?" would compare every record with every other.
evidence as {{ materialized() }}(

    select
        *,
        {{ latest_creation('created_at') }} as created_until
    from {{ ref('int_identity__creation_evidence') }}

),

run_context as (

    select as_of from {{ ref('stg_reference__run_context') }}

),

{% if is_incremental() -%}

remembered as (

    {{ remembered(this, ['identifier_type', 'record_id']) | indent(4) }}

),

last_run as (

    select coalesce(max(run_number), 0) as run_number from {{ this }}

),

{%- else -%}

remembered as (

    select
        evidence.*,
        cast(null as timestamp) as first_established_as_of,
        cast(null as bigint) as first_run_number
    from evidence
    where false

),

last_run as (

    select 0 as run_number

),

{%- endif %}

-- An older change of the source than the one that was known, or one from before the record was first seen without any,
-- tells more about its creation; a later one tells of an edit. A day says nothing of the order within it: it is earlier
-- than a timestamp only where all of it is, and a timestamp of the remembered day is that day's.
compared as (

    select
        evidence.*,
        remembered.created_at as known_created_at,
        remembered.created_by_user_id as known_user_id,
        remembered.created_by_team as known_team,
        remembered.lead_source as known_source,
        remembered.lead_source_changed_at as known_source_changed_at,
        remembered.first_established_as_of,
        remembered.first_run_number,
        remembered.record_id is null as is_first_seen,
        evidence.created_until < remembered.created_at
        or (remembered.created_at is null and evidence.created_at is not null) as is_earlier,
        coalesce(
            case
                when remembered.lead_source_changed_at is not null
                    then evidence.lead_source_changed_at < remembered.lead_source_changed_at
                else evidence.lead_source_changed_at <= remembered.first_established_as_of
            end,
            false
        ) as is_older_source,
        -- A source that was blank when it was first seen and is known to have been filled in within minutes of the
        -- creation: by the history, or because the record was first seen within those minutes.
        remembered.lead_source is null
        and evidence.lead_source is not null
        and (
            evidence.is_source_filled
            or (
                remembered.lead_source_changed_at is null
                and evidence.lead_source_changed_at is null
                and coalesce(remembered.first_established_as_of < evidence.source_may_be_filled_until, false)
            )
        ) as is_source_filled_now,
        remembered.created_by_user_id is null and evidence.created_by_user_id is not null as is_creator_known_now,
        remembered.created_by_team = 'unmapped'
        and evidence.created_by_team <> 'unmapped'
        and remembered.created_by_user_id = evidence.created_by_user_id as is_team_mapped_now
    from evidence
    left join remembered
        on
            evidence.identifier_type = remembered.identifier_type
            and evidence.record_id = remembered.record_id

),

established as (

    select
        *,
        case
            when is_first_seen then 'first_seen'
            when is_earlier then 'earlier_creation'
            when is_older_source then 'source_history'
            when is_source_filled_now then 'source_filled'
            when is_creator_known_now then 'creator_known'
            when is_team_mapped_now then 'team_mapped'
        end as cause,
        is_first_seen or is_earlier or is_creator_known_now as is_creator_taken,
        is_first_seen or is_older_source or is_source_filled_now as is_source_taken
    from compared

)

select
    established.source_system,
    established.identifier_type,
    established.record_id,
    case
        when established.is_first_seen or established.is_earlier then established.created_at
        else established.known_created_at
    end as created_at,
    case
        when established.is_creator_taken then established.created_by_user_id
        else established.known_user_id
    end as created_by_user_id,
    case
        when established.is_team_mapped_now then established.created_by_team
        when
            established.is_creator_taken
            and (established.known_user_id is not distinct from established.created_by_user_id)
            then coalesce(established.known_team, established.created_by_team)
        when established.is_creator_taken then established.created_by_team
        else established.known_team
    end as created_by_team,
    case
        when established.is_source_taken then established.lead_source
        else established.known_source
    end as lead_source,
    case
        when established.is_source_taken then established.lead_source_changed_at
        else established.known_source_changed_at
    end as lead_source_changed_at,
    established.cause,
    run_context.as_of as established_as_of,
    coalesce(established.first_established_as_of, run_context.as_of) as first_established_as_of,
    cast(last_run.run_number + 1 as bigint) as run_number,
    cast(coalesce(established.first_run_number, last_run.run_number + 1) as bigint) as first_run_number
from established
cross join run_context
cross join last_run
where established.cause is not null
