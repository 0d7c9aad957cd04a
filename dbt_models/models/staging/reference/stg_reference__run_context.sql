with

source as (

    select * from {{ source('reference', 'run_context') }}

),

renamed as (

    select
        as_of,
        email_salt,
        expand_short_ids,
        upper(trim(reporting_currency)) as reporting_currency,
        timezone,
        lookback_days,
        lookback_anchor,
        session_timeout_minutes,
        buying_group_scope,
        mql_response_sla_hours,
        anonymous_id_max_people,
        key_max_browsers,
        merge_max_records,
        conversion_max_leads,
        email_max_records,
        key_max_names,
        company_name_max_domains,
        source_fill_minutes,
        half_life_days,
        report_model,
        exclude_direct,
        learning_days,
        min_closed_journeys,
        bootstrap_samples,
        bootstrap_seed,
        traceable_from_percent,
        internal_email_domains,
        touch_events,
        user_id_properties,
        snapshot_objects
    from source

)

select * from renamed
