{#-
  Campaigns of several systems side by side: what tells them apart, and which ad network a visit says it came from.
-#}

{#-
  A campaign's key across systems. Each system numbers by itself, and two ad networks may both have a campaign `brand`:
  what joins campaigns of more than one system joins on this.
-#}
{% macro campaign_key(source_system, campaign_id) -%}
    {{ source_system }} || ':' || {{ campaign_id }}
{%- endmacro %}


{#-
  The ad network that a visit's source names, or null: utm_source is free text, and each network has the names of its
  own products. A source that isn't listed here leads to no network, and so its visits to no network's campaign.
-#}
{% macro ad_network(source) -%}
    {%- set name = "regexp_replace(lower(trim(" ~ source ~ ")), '[^a-z0-9]+', '_', 'g')" -%}
    case
        when
            {{ name }} in (
                'google', 'google_ads', 'googleads', 'adwords', 'google_adwords', 'gads', 'google_com', 'youtube', 'gdn',
                'dv360'
            )
            then 'google_ads'
        when {{ name }} in ('linkedin', 'linkedin_ads', 'linkedinads', 'linkedin_com', 'li') then 'linkedin_ads'
        when
            {{ name }} in (
                'facebook', 'facebook_ads', 'facebook_com', 'fb', 'instagram', 'instagram_com', 'ig', 'meta', 'meta_ads',
                'metaads', 'messenger', 'audience_network', 'an'
            )
            then 'meta_ads'
        when
            {{ name }} in (
                'bing', 'bing_ads', 'bingads', 'bing_com', 'microsoft', 'microsoft_ads', 'microsoftads', 'msn', 'msads',
                'msft'
            )
            then 'microsoft_ads'
    end
{%- endmacro %}
