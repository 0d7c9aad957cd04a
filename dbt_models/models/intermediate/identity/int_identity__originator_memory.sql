{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='append_new_columns',
        full_refresh=false
    )
}}

with

evidence as (

    select * from {{ ref('int_identity__originator_evidence') }}

),

run_context as (

    select as_of from {{ ref('stg_reference__run_context') }}

),

records as (

    select
        person_identifiers.person_id,
        records.*
    from {{ ref('int_identity__record_creations') }} as records
    inner join {{ ref('int_identity__person_identifiers') }} as person_identifiers
        on
            records.identifier_type = person_identifiers.identifier_type
            and records.record_id = person_identifiers.identifier

),

first_records as (

    select * from {{ ref('int_identity__person_originators') }}

),

known_records as (

    select max(run_number) as run_number from {{ ref('int_identity__creation_memory') }}

),

{% if is_incremental() -%}

-- A record that raw no longer holds (raw was rebuilt from other files) proves nothing.
usable as (

    select
        memory.*,
        records.person_id
    from {{ this }} as memory
    left join records
        on
            memory.originator_identifier_type = records.identifier_type
            and memory.originator_record_id = records.record_id
    where memory.originator_record_id is null or records.person_id is not null

),

remembered as (

    {{ remembered('usable', ['source_system', 'opportunity_id']) | indent(4) }}

),

last_run as (

    select coalesce(max(run_number), 0) as run_number from {{ this }}

),

{%- else -%}

remembered as (

    select
        evidence.*,
        cast(null as {{ dbt.type_string() }}) as person_id,
        cast(null as {{ dbt.type_string() }}) as originator_user_id,
        cast(null as {{ dbt.type_string() }}) as originator_team,
        cast(null as {{ dbt.type_string() }}) as originator_source,
        cast(null as timestamp) as originator_created_at,
        cast(null as timestamp) as first_established_as_of,
        cast(null as bigint) as known_records_run_number,
        cast(null as bigint) as first_run_number
    from evidence
    where false

),

last_run as (

    select 0 as run_number

),

{%- endif %}

-- What was established, beside what today's records point to. The person of the established record may have turned out
-- to have an earlier one (`first_records`).
compared as (

    select
        evidence.opportunity_id,
        evidence.source_system,
        {{ latest_creation('evidence.created_at') }} as created_until,
        evidence.inherited_from_opportunity_id as giving_opportunity_id,
        evidence.originator_identifier_type as found_identifier_type,
        evidence.originator_record_id as found_record_id,
        evidence.originator_matched_by as found_matched_by,
        evidence.created_by_user_id,
        evidence.created_by_team,
        found.person_id as found_person_id,
        found.created_at as found_created_at,
        {{ latest_creation('found.created_at') }} as found_created_until,
        found.first_run_number as found_first_run_number,
        remembered.opportunity_id is null as is_first_seen,
        remembered.person_id as known_person_id,
        remembered.originator_identifier_type as known_identifier_type,
        remembered.originator_record_id as known_record_id,
        remembered.originator_user_id as known_user_id,
        remembered.originator_team as known_team,
        remembered.originator_source as known_source,
        {{ date_or_moment('remembered.originator_created_at') }} as known_created_at,
        remembered.originator_matched_by as known_matched_by,
        remembered.inherited_from_opportunity_id as known_giving_opportunity_id,
        remembered.known_records_run_number,
        remembered.first_established_as_of,
        remembered.first_run_number,
        first_records.identifier_type as first_identifier_type,
        first_records.record_id as first_record_id,
        first_records.originator_created_at as first_created_at
    from evidence
    left join records as found
        on
            evidence.originator_identifier_type = found.identifier_type
            and evidence.originator_record_id = found.record_id
    left join remembered
        on
            evidence.source_system = remembered.source_system
            and evidence.opportunity_id = remembered.opportunity_id
    left join first_records
        on remembered.person_id = first_records.person_id

),

-- Only an earlier creation replaces what was established: a person from before an opportunity that had none, or a
-- person created earlier whose lead was converted into the opportunity or whose record hadn't been delivered yet. A
-- contact role or an account that somebody gave to an old record afterwards is no such evidence: anyone could rewrite
-- the past.
decided as (

    select
        *,
        case
            when is_first_seen then true
            when known_matched_by = 'inherited' then false
            when known_record_id is null then coalesce(found_created_at < created_until, false)
            else
                coalesce(
                    found_person_id <> known_person_id
                    and found_created_until < first_created_at
                    and (found_matched_by = 'converted_lead' or found_first_run_number > known_records_run_number),
                    false
                )
        end as is_found_taken
    from compared

),

own as (

    select
        *,
        case when is_found_taken then found_identifier_type else first_identifier_type end as own_identifier_type,
        case when is_found_taken then found_record_id else first_record_id end as own_record_id,
        case when is_found_taken then found_matched_by else known_matched_by end as own_matched_by,
        case when is_found_taken then created_by_user_id else known_user_id end as own_user_id,
        case
            when is_found_taken then created_by_team
            when known_team = 'unmapped' and known_user_id = created_by_user_id then created_by_team
            else known_team
        end as own_team
    from decided

),

-- What the opportunity that a renewal inherits from has itself, now that it is decided.
giving as (

    select
        own.*,
        case
            when own.known_matched_by = 'inherited' then own.known_giving_opportunity_id
            else own.giving_opportunity_id
        end as giver_id,
        own_records.created_at as own_created_at
    from own
    left join records as own_records
        on
            own.own_identifier_type = own_records.identifier_type
            and own.own_record_id = own_records.record_id

),

givers as (

    select
        giving.*,
        givers.opportunity_id is not null as has_giver,
        givers.own_identifier_type as giver_identifier_type,
        givers.own_record_id as giver_record_id,
        givers.own_user_id as giver_user_id,
        givers.own_team as giver_team,
        giver_records.created_at as giver_created_at,
        {{ latest_creation('giver_records.created_at') }} as giver_created_until,
        giver_records.first_run_number as giver_first_run_number
    from giving
    left join own as givers
        on
            giving.source_system = givers.source_system
            and giving.giver_id = givers.opportunity_id
    left join records as giver_records
        on
            givers.own_identifier_type = giver_records.identifier_type
            and givers.own_record_id = giver_records.record_id

),

-- A renewal goes on following the opportunity that it inherits from; an opportunity called a renewal only later doesn't
-- begin to.
inherited as (

    select
        *,
        has_giver and case
            when is_first_seen then true
            when known_record_id is null and known_matched_by = 'inherited'
                then giver_record_id is not null or (known_team = 'unmapped' and giver_team <> 'unmapped')
            when known_record_id is null then coalesce(giver_created_at < created_until, false)
            when known_matched_by = 'inherited' then coalesce(giver_created_until < own_created_at, false)
            else
                coalesce(
                    giver_created_until < own_created_at and giver_first_run_number > known_records_run_number,
                    false
                )
        end as is_giver_taken
    from givers

),

chosen as (

    select
        opportunity_id,
        source_system,
        case when is_giver_taken then giver_identifier_type else own_identifier_type end as identifier_type,
        case when is_giver_taken then giver_record_id else own_record_id end as record_id,
        case when is_giver_taken then giver_user_id else own_user_id end as no_lead_user_id,
        case when is_giver_taken then giver_team else own_team end as no_lead_team,
        case when is_giver_taken then 'inherited' else own_matched_by end as matched_by,
        case
            when is_giver_taken then giver_id
            when own_matched_by = 'inherited' then known_giving_opportunity_id
        end as inherited_from_opportunity_id,
        is_first_seen,
        known_person_id,
        known_record_id,
        known_user_id,
        known_team,
        known_source,
        known_created_at,
        known_matched_by,
        known_giving_opportunity_id,
        first_established_as_of,
        first_run_number
    from inherited

),

resolved as (

    select
        chosen.*,
        records.person_id,
        case when chosen.record_id is null then chosen.no_lead_user_id else records.created_by_user_id end as user_id,
        case when chosen.record_id is null then chosen.no_lead_team else records.created_by_team end as team,
        records.lead_source as source,
        records.created_at
    from chosen
    left join records
        on
            chosen.identifier_type = records.identifier_type
            and chosen.record_id = records.record_id

)

select
    resolved.opportunity_id,
    resolved.source_system,
    resolved.identifier_type as originator_identifier_type,
    resolved.record_id as originator_record_id,
    resolved.user_id as originator_user_id,
    resolved.team as originator_team,
    resolved.source as originator_source,
    resolved.created_at as originator_created_at,
    resolved.matched_by as originator_matched_by,
    resolved.inherited_from_opportunity_id,
    case
        when resolved.is_first_seen then 'first_seen'
        when resolved.known_record_id is null and resolved.record_id is not null then 'person_before_the_deal'
        when resolved.person_id <> resolved.known_person_id then 'earlier_person'
        when resolved.record_id <> resolved.known_record_id then 'earlier_record'
        when (resolved.created_at is distinct from resolved.known_created_at) then 'earlier_creation'
        when (resolved.source is distinct from resolved.known_source) then 'source_history'
        when (resolved.user_id is distinct from resolved.known_user_id) then 'creator_known'
        else 'team_mapped'
    end as cause,
    run_context.as_of as established_as_of,
    coalesce(resolved.first_established_as_of, run_context.as_of) as first_established_as_of,
    known_records.run_number as known_records_run_number,
    cast(last_run.run_number + 1 as bigint) as run_number,
    cast(coalesce(resolved.first_run_number, last_run.run_number + 1) as bigint) as first_run_number
from resolved
cross join run_context
cross join known_records
cross join last_run
where
    resolved.is_first_seen
    or (resolved.record_id is distinct from resolved.known_record_id)
    or (resolved.user_id is distinct from resolved.known_user_id)
    or (resolved.team is distinct from resolved.known_team)
    or (resolved.source is distinct from resolved.known_source)
    or (resolved.created_at is distinct from resolved.known_created_at)
