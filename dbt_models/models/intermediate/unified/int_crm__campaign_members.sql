with

salesforce as (

    select
        source_system,
        campaign_member_id,
        campaign_id,
        {{ record_key('salesforce', 'lead', 'lead_id') }} as lead_id,
        {{ record_key('salesforce', 'contact', 'contact_id') }} as contact_id,
        status,
        coalesce(has_responded, false) as has_responded,
        {{ date_or_moment('first_responded_at') }} as first_responded_at,
        {{ has_time('first_responded_at') }} as has_response_time,
        {{ record_key('salesforce', 'user', 'created_by_id') }} as created_by_id,
        created_at,
        is_deleted,
        source_file
    from {{ ref('stg_salesforce__campaign_member') }}

)

select * from salesforce
