select
    md5(
        concat_ws(
            '|',
            signals.source_system,
            cast(signals.signal_date as {{ dbt.type_string() }}),
            signals.company_domain,
            signals.signal_source,
            coalesce(signals.signal_type, ''),
            coalesce(signals.campaign_id, '')
        )
    ) as signal_id,
    signals.signal_date,
    signals.company_domain,
    account_domains.account_id,
    signals.signal_source,
    signals.signal_type,
    signals.campaign_id,
    cast(sum(signals.impressions) as bigint) as impressions,
    cast(sum(signals.engagements) as bigint) as engagements,
    -- Two addresses of one company on one day are one company; of two texts the larger one stays, so that no order of
    -- rows decides.
    max(signals.strength) as strength,
    signals.source_system,
    min(signals.source_file) as source_file
from {{ ref('int_signals__company_signals') }} as signals
left join {{ ref('int_identity__account_domains') }} as account_domains
    on signals.company_domain = account_domains.domain
group by
    signals.source_system,
    signals.signal_date,
    signals.company_domain,
    account_domains.account_id,
    signals.signal_source,
    signals.signal_type,
    signals.campaign_id
