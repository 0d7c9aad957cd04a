with

source as (

    select * from {{ source('raw_signals', 'company_signals') }}

),

renamed as (

    select
        -- ids
        campaign_id,

        -- texts
        company_domain,
        lower(trim(signal_source)) as signal_source,
        lower(trim(signal_type)) as signal_type,
        strength,

        -- numbers
        impressions,
        engagements,

        -- booleans
        _deleted_at is not null or coalesce(_deleted_by_loader, false) as is_deleted,

        -- dates and times
        signal_date,

        -- lineage
        'signals' as source_system,
        _file as source_file
    from source

)

select * from renamed
