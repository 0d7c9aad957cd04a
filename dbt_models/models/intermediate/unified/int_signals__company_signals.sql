with

signals as (

    select
        source_system,
        signal_date,
        coalesce({{ registrable_domain('company_domain') }}, lower(trim(company_domain))) as company_domain,
        signal_source,
        signal_type,
        campaign_id,
        cast(impressions as bigint) as impressions,
        cast(engagements as bigint) as engagements,
        strength,
        source_file
    from {{ ref('stg_signals__company_signals') }}
    where not is_deleted

)

select * from signals
