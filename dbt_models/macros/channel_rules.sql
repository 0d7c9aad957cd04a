{#-
  Which channel a combination of source, medium, referrer domain and campaign type belongs to.

  `channel_for(relation)` is a select: one row per distinct combination found in `relation` (a CTE or model with the
  columns source, medium, referrer_domain, campaign_type) with its `channel` and the rule's `priority`. The rules are
  tried once per combination, not once per touch: a site has millions of views and a few hundred combinations. Join it
  back with `same_channel_key('touches', 'channels')`, which also matches nulls.

  A rule matches when each of its filled cells does: case is ignored and `*` stands for any run of characters. A blank
  cell matches anything. The rule with the lowest priority number wins; ties, which the reference forbids, would go to
  the channel's name. A combination that no rule matches is `unmapped`: it stays in every total and a check tells.

  A referrer domain is compared by whole labels, so that no look-alike matches (`notbing.com`, `google.example.com`):
  - `bing.com` matches itself and its sub-domains;
  - `google.*` matches the name under any public suffix (google.de, google.co.uk), without sub-domains, because those of
    a search engine are its other services (docs.google.com);
  - `*.yahoo.*` or `*yahoo.*` matches the same with sub-domains;
  - `*` matches any referrer.
-#}
{% macro channel_for(relation) -%}
    select
        combinations.source,
        combinations.medium,
        combinations.referrer_domain,
        combinations.campaign_type,
        coalesce(rules.channel, 'unmapped') as channel,
        rules.priority
    from (
        select
            *,
            {{ host_without_suffix('referrer_domain') }} as referrer_name
        from (
            select distinct
                source,
                medium,
                referrer_domain,
                campaign_type
            from {{ relation }}
        ) as distinct_combinations
    ) as combinations
    left join {{ ref('stg_reference__channel_rules') }} as rules
        on
            {{ channel_cell_matches('rules.source', 'combinations.source') }}
            and {{ channel_cell_matches('rules.medium', 'combinations.medium') }}
            and {{ referrer_cell_matches(
                'rules.referrer_domain', 'combinations.referrer_domain', 'combinations.referrer_name'
            ) }}
            and {{ channel_cell_matches('rules.campaign_type', 'combinations.campaign_type') }}
    qualify
        row_number() over (
            partition by
                combinations.source, combinations.medium, combinations.referrer_domain, combinations.campaign_type
            order by rules.priority asc nulls last, rules.channel asc
        ) = 1
{%- endmacro %}


{#- Escaped, because an underscore is common in these names (paid_social) and a wildcard to `like`. -#}
{% macro channel_cell_matches(rule_cell, value) -%}
    (
        {{ rule_cell }} is null
        or lower({{ value }}) like replace(
            replace(replace(lower({{ rule_cell }}), '%', '^%'), '_', '^_'), '*', '%'
        ) escape '^'
    )
{%- endmacro %}


{#-
  Host and rule are compared with a dot before them, so that a name begins where a label does: `.docs.google` against
  `.google`, `.www.bing.com` against `%.bing.com`.
-#}
{% macro referrer_cell_matches(rule_cell, host, host_without_suffix) -%}
    (
        {{ rule_cell }} is null
        or (trim({{ rule_cell }}) = '*' and {{ host }} is not null)
        or '.' || lower(case when {{ rule_cell }} like '%.*' then {{ host_without_suffix }} else {{ host }} end)
        like case when {{ rule_cell }} like '%.*' and {{ rule_cell }} not like '*%' then '.' else '%.' end
        || replace(
            replace(
                replace(
                    regexp_replace(lower(trim({{ rule_cell }})), '^(www[.]|[*.]+)|[.][*]$', ''{{ every_match() }}), '%', '^%'
                ),
                '_',
                '^_'
            ),
            '*',
            '%'
        ) escape '^'
    )
{%- endmacro %}


{#- `www.shop.example.co.uk` becomes `www.shop.example`; an address without a registrable domain stays as it is. -#}
{% macro host_without_suffix(host) -%}
    coalesce(
        substr({{ host }}, 1, length({{ host }}) - length({{ registrable_domain(host) }}))
        || regexp_extract({{ registrable_domain(host) }}, '^[^.]+', 0),
        {{ host }}
    )
{%- endmacro %}


{% macro same_channel_key(left_relation, right_relation) -%}
    {%- for column in ['source', 'medium', 'referrer_domain', 'campaign_type'] -%}
        {%- if not loop.first %} and {% endif -%}
        {{ left_relation }}.{{ column }} is not distinct from {{ right_relation }}.{{ column }}
    {%- endfor -%}
{%- endmacro %}
