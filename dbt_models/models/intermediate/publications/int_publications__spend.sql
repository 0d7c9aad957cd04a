with

spend as (

    select
        *,
        cast({{ dbt.date_trunc('month', 'spend_date') }} as date) as spend_month
    from {{ ref('fct_spend') }}

)

select
    md5(
        {%- for column in [
            'source_system', 'ad_account_id', 'campaign_id', 'source', 'medium', 'campaign_type', 'currency',
            'spend_month',
        ] %}
        coalesce(cast({{ column }} as {{ dbt.type_string() }}), '-')
        {{- " || '|' ||" if not loop.last }}
        {%- endfor %}
    ) as spend_key,
    source_system,
    campaign_id,
    spend_month,
    channel,
    cast(sum(cost_original) as decimal(18, 6)) as cost_original,
    cast(sum(cost) as decimal(18, 2)) as cost
from spend
group by
    source_system,
    ad_account_id,
    campaign_id,
    source,
    medium,
    campaign_type,
    currency,
    spend_month,
    channel
