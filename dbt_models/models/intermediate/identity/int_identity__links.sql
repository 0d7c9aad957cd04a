with

leads as (

    select * from {{ ref('int_crm__leads') }}

),

contacts as (

    select * from {{ ref('int_crm__contacts') }}

),

web_keys as (

    select * from {{ ref('int_identity__web_keys') }}

),

conversions as (

    select
        source_system || '_lead' as left_type,
        lead_id as left_identifier,
        source_system || '_contact' as right_type,
        converted_contact_id as right_identifier,
        'conversion' as matched_by,
        created_at as first_seen_at
    from leads
    where converted_contact_id is not null

),

merged_records as (

    select
        source_system || '_lead' as left_type,
        lead_id as left_identifier,
        source_system || '_lead' as right_type,
        master_record_id as right_identifier,
        'merge' as matched_by,
        created_at as first_seen_at
    from leads
    where master_record_id is not null

    union all

    select
        source_system || '_contact' as left_type,
        contact_id as left_identifier,
        source_system || '_contact' as right_type,
        master_record_id as right_identifier,
        'merge' as matched_by,
        created_at as first_seen_at
    from contacts
    where master_record_id is not null

    union all

    -- One record in two CRMs, between which a sync runs.
    select
        source_system || '_' || record_type as left_type,
        record_id as left_identifier,
        other_system || '_' || other_type as right_type,
        other_record_id as right_identifier,
        'merge' as matched_by,
        cast(null as timestamp) as first_seen_at
    from {{ ref('int_crm__synced_records') }}

),

same_emails as (

    select
        identifier_type as left_type,
        record_id as left_identifier,
        'email' as right_type,
        email as right_identifier,
        case when is_current then 'same_email' else 'former_email' end as matched_by,
        held_from as first_seen_at
    from {{ ref('int_identity__record_emails') }}

),

identifies as (

    select
        'anonymous_id' as left_type,
        anonymous_id as left_identifier,
        user_key_type as right_type,
        user_key as right_identifier,
        'identify' as matched_by,
        first_seen_at
    from web_keys
    where anonymous_id is not null and user_key is not null

    union all

    select
        'anonymous_id' as left_type,
        anonymous_id as left_identifier,
        'email' as right_type,
        email as right_identifier,
        'identify' as matched_by,
        first_seen_at
    from web_keys
    where anonymous_id is not null and email is not null

    union all

    select
        user_key_type as left_type,
        user_key as left_identifier,
        'email' as right_type,
        email as right_identifier,
        'identify' as matched_by,
        first_seen_at
    from web_keys
    where user_key is not null and email is not null

),

unioned as (

    select * from conversions
    union all
    select * from merged_records
    union all
    select * from same_emails
    union all
    select * from identifies

)

select
    left_type,
    left_identifier,
    right_type,
    right_identifier,
    matched_by,
    min(first_seen_at) as first_seen_at
from unioned
where left_type <> right_type or left_identifier <> right_identifier
group by left_type, left_identifier, right_type, right_identifier, matched_by
