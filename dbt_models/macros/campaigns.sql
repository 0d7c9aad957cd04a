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
    {%- set name = "regexp_replace(lower(trim(" ~ source ~ ")), '[^a-z0-9]+', '_'" ~ every_match() ~ ")" -%}
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


{#-
  How links name a CRM's campaign. Salesforce's ids of campaigns begin with 701 and have 15 letters and digits, with a
  checksum 18; a link may hold either, also inside a longer tag. Other CRMs' ids are found as they stand.
-#}
{% macro is_short_campaign_id(id) -%}
    {{ matches_pattern(id, '^701[0-9A-Za-z]{12}$') }}
{%- endmacro %}

{% macro is_long_campaign_id(id) -%}
    {{ matches_pattern(id, '^701[0-9A-Za-z]{15}$') }}
{%- endmacro %}

{#- The long form of a short id. -#}
{% macro long_campaign_id(short_id) -%}
    {{ short_id }} || {{ salesforce_id_checksum(short_id) }}
{%- endmacro %}

{#- The short form of a long id. -#}
{% macro short_campaign_id(long_id) -%}
    substr({{ long_id }}, 1, 15)
{%- endmacro %}

{#- Whether a tag may hold such an id (spring_7015g000008000T), and the first that it holds, or ''. -#}
{% macro may_hold_campaign_id(tag) -%}
    {{ matches_pattern(tag, '(^|[^0-9A-Za-z])701[0-9A-Za-z]{12}') }}
{%- endmacro %}

{% macro campaign_id_within(tag) -%}
    regexp_extract({{ tag }}, '(?:^|[^0-9A-Za-z])(701[0-9A-Za-z]{12}(?:[0-9A-Za-z]{3})?)(?:[^0-9A-Za-z]|$)', 1)
{%- endmacro %}
