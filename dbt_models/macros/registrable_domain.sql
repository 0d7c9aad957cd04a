{#-
  The domain a company registered, from a URL, a host name or an e-mail address:
  https://www.shop.example.co.uk/path -> example.co.uk. Null for an IP address and for anything without a dot.

  The full public suffix list has thousands of entries and changes monthly; the list below holds the second-level
  suffixes that companies use, and the hosting services where each customer has a name of its own. A missing one welds
  companies of that country or service into one domain, a wrong one splits a company by its sub-domains: extend it
  rather than guess by the length of a label.
-#}
{% macro registrable_domain(host_or_url) -%}
    {%- set two_level_suffixes = [
        'com.ar', 'com.au', 'net.au', 'org.au', 'edu.au', 'gov.au',
        'com.bd', 'com.br', 'net.br', 'org.br', 'gov.br', 'ind.br',
        'com.cn', 'net.cn', 'org.cn', 'gov.cn', 'com.co', 'com.cy', 'com.ec', 'com.eg', 'com.es', 'com.gr', 'com.gt',
        'com.hk', 'co.hu', 'co.id', 'or.id', 'ac.id', 'web.id', 'co.il', 'org.il', 'ac.il',
        'co.in', 'net.in', 'org.in', 'ac.in', 'gov.in', 'firm.in',
        'co.jp', 'ne.jp', 'or.jp', 'ac.jp', 'ad.jp', 'go.jp', 'gr.jp', 'co.ke', 'co.kr', 'or.kr', 'ac.kr', 'go.kr',
        'com.kw', 'com.lb', 'co.ma', 'com.mt', 'com.mx', 'org.mx', 'gob.mx', 'com.my', 'com.ng',
        'co.nz', 'net.nz', 'org.nz', 'ac.nz', 'govt.nz', 'com.pa', 'com.pe', 'com.ph', 'com.pk',
        'com.pl', 'net.pl', 'org.pl', 'com.pt', 'com.py', 'com.qa', 'com.ro', 'co.rs', 'com.sa', 'com.sg', 'edu.sg', 'gov.sg',
        'co.th', 'or.th', 'ac.th', 'in.th', 'com.tr', 'org.tr', 'net.tr', 'edu.tr', 'com.tw', 'org.tw', 'co.tz',
        'com.ua', 'co.ug', 'co.uk', 'org.uk', 'ac.uk', 'gov.uk', 'ltd.uk', 'me.uk', 'net.uk', 'plc.uk', 'nhs.uk', 'sch.uk',
        'com.uy', 'com.ve', 'com.vn', 'co.za', 'org.za', 'ac.za', 'gov.za', 'net.za', 'co.zm', 'co.zw',
        'github.io', 'gitlab.io', 'netlify.app', 'vercel.app', 'pages.dev', 'web.app', 'firebaseapp.com', 'herokuapp.com',
        'azurewebsites.net', 'cloudfront.net', 'webflow.io', 'wixsite.com', 'myshopify.com', 'wordpress.com',
        'blogspot.com', 'hs-sites.com', 'hubspotpagebuilder.com', 'translate.goog', 'ngrok.io', 'ngrok-free.app',
    ] -%}
    {%- set host -%}
        lower(regexp_extract(trim({{ host_or_url }}), '^([A-Za-z][A-Za-z0-9+.-]*://)?([^/@?#]*@)?([^/:?#]+)', 3))
    {%- endset -%}
    case
        when {{ matches_pattern(host, '^[0-9.]+$') }} then null
        else
            nullif(
                regexp_extract(
                    {{ host }},
                    '([^.]+[.]({{ two_level_suffixes | join('|') | replace('.', '[.]') }})|[^.]+[.][^.]+)[.]?$',
                    1
                ),
                ''
            )
    end
{%- endmacro %}
