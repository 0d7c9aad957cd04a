{#-
  What counts as a touch on the web, in lists and patterns that are read in one place: which tracked events are form
  fills or e-mail clicks, which user agents are machines, and how an address is cut into host and path.
  Which channel a touch belongs to is decided by the channel rules, not here.
-#}

{#-
  The id of a touch: a hash of where it came from, so that the same record gives the same id every night, and a form
  fill and a session that share a source record keep apart.
-#}
{% macro touchpoint_id(source_system, source_object, source_record_id, touch_type) -%}
    'tp_' || md5(
        {{ source_system }} || '|' || {{ source_object }} || '|' || {{ source_record_id }} || '|' || {{ touch_type }}
    )
{%- endmacro %}


{#-
  What a tracked event means: form_fill, email_click, or null for an event that isn't a touch. Trackers agree on no
  spelling, so `Form Submitted`, `formSubmit` and `form-submitted` are folded to one form first. A form fill is an event
  that names a form and a completed act in either order (form_submitted, lead_form_filled, submitted_contact_form), or
  one of the names that mean it without saying so. form_viewed, form_started and form_abandoned are no touches: nothing
  was handed over. Widening the pattern turns clicks into conversions; narrowing it loses forms of an unusual name.
  Events that the setting touch_events lists are form fills, too.
-#}
{% macro event_touch_type(event_name) -%}
    {%- set name = event_words(event_name) -%}
    {%- set done = 'submit|submits|submitted|submission|fill|fills|filled|fillout|complete|completed|completion|sent' -%}
    case
        when
            {{ matches_pattern(name, '(^|_)form(_[a-z0-9]+)*_(' ~ done ~ ')(_|$)') }}
            or {{ matches_pattern(name, '(^|_)(' ~ done ~ ')(_[a-z0-9]+)*_form(_|$)') }}
            or {{ name }} in (
                'form', 'lead_form', 'contact_form', 'demo_form', 'signup_form', 'generate_lead', 'lead_generated',
                'demo_requested', 'request_demo', 'gated_content_downloaded'
            )
            or contains(
                (
                    select ',' || {{ event_words('coalesce(listed.touch_events, \'\')', ',') }} || ','
                    from {{ ref('stg_reference__run_context') }} as listed
                ),
                ',' || {{ name }} || ','
            )
            then 'form_fill'
        when
            {{ name }} in ('email_clicked', 'email_click', 'email_link_clicked', 'email_link_click', 'clicked_email')
            then 'email_click'
    end
{%- endmacro %}

{#- `formSubmitted`, `Form Submitted` and `form-submitted` become form_submitted; `kept` are further characters. -#}
{% macro event_words(event_name, kept='') -%}
    trim(
        lower(
            regexp_replace(
                regexp_replace({{ event_name }}, '([a-z0-9])([A-Z])', '{{ group_of_match(1) }}_{{ group_of_match(2) }}'{{ every_match() }}), '[^A-Za-z0-9{{ kept }}]+', '_'{{ every_match() }}
            )
        ),
        '_'
    )
{%- endmacro %}


{#-
  The ids that platforms add to the address of a click. `kind` is `ad` for those that paid clicks alone carry, or
  `social`: facebook marks every click, so its id says social and no more. `answer` is what is asked:
  - `name`: the name of the click id that the address `expression` carries with a value, or ''; the first in the
    address, because whoever passes a clicked address on only adds to it;
  - `source`, `medium`: what the click id named `expression` stands for;
  - `is_source`: whether the utm_source `expression` names the platform of the click id `click_id`.
-#}
{% macro click_id_rule(kind, answer, expression, click_id=none) -%}
    {%- set platforms = {
        'ad': [
            {'ids': ['gclid', 'gbraid', 'wbraid', 'gad_source'], 'source': 'google', 'medium': 'cpc',
             'words': ['google', 'adwords', 'youtube']},
            {'ids': ['msclkid'], 'source': 'bing', 'medium': 'cpc', 'words': ['bing', 'microsoft', 'msn']},
            {'ids': ['yclid'], 'source': 'yandex', 'medium': 'cpc', 'words': ['yandex']},
            {'ids': ['li_fat_id'], 'source': 'linkedin', 'medium': 'paid_social', 'words': ['linkedin']},
            {'ids': ['ttclid'], 'source': 'tiktok', 'medium': 'paid_social', 'words': ['tiktok']},
            {'ids': ['twclid'], 'source': 'twitter', 'medium': 'paid_social', 'words': ['twitter', 'x$']},
            {'ids': ['rdt_cid'], 'source': 'reddit', 'medium': 'paid_social', 'words': ['reddit']},
            {'ids': ['sccid'], 'source': 'snapchat', 'medium': 'paid_social', 'words': ['snap']},
            {'ids': ['qclid'], 'source': 'quora', 'medium': 'paid_social', 'words': ['quora']},
            {'ids': ['dclid'], 'source': 'google', 'medium': 'display', 'words': ['google', 'dcm', 'dv360']},
            {'ids': ['tblci'], 'source': 'taboola', 'medium': 'display', 'words': ['taboola']},
            {'ids': ['dicbo'], 'source': 'outbrain', 'medium': 'display', 'words': ['outbrain']},
        ],
        'social': [
            {'ids': ['fbclid'], 'source': 'facebook', 'medium': 'social'},
        ],
    }[kind] -%}
    {%- if answer == 'name' -%}
        regexp_extract(
            lower({{ expression }}),
            '[?&;#]({% for platform in platforms %}{{ platform.ids | join("|") }}{% if not loop.last %}|{% endif %}{% endfor %})=[^&;#{} ]',
            1
        )
    {%- else -%}
        case
            {%- for platform in platforms %}
            when {{ click_id or expression }} in ('{{ platform.ids | join("', '") }}')
                then
                    {%- if answer == 'is_source' %}
                    {{ matches_pattern(expression, '(^|[^a-z])(' ~ (platform.words | join('|')) ~ ')') }}
                    {%- else %} '{{ platform[answer] }}'
                    {%- endif %}
            {%- endfor %}
        end
    {%- endif -%}
{%- endmacro %}

{#- Whether a medium says by itself that the click was paid for. A click id beside any other word knows better. -#}
{% macro is_paid_medium(medium) -%}
    {{ matches_pattern(
        medium,
        '^(cp[a-z]|ppc|sem)([^a-z]|$)|paid|display|banner|retargeting|remarketing|programmatic|sponsored|(^|[^a-z])ads?([^a-z]|$)'
    ) }}
    and {{ medium }} not like '%unpaid%'
{%- endmacro %}


{#-
  Machines by their user agent: crawlers and link previews say what they are, scripts carry the name of their library,
  and the checkers of mail gateways and up-time monitors visit like people but never buy. Matched as parts of the
  lower-cased agent. `bot` alone would also hit the Cubot phones, which are taken out again. A missing user agent is no
  proof of anything: those touches stay.
-#}
{% macro is_bot_user_agent(user_agent) -%}
    {%- set parts = [
        'bot', 'crawl', 'spider', 'slurp', 'scrap', 'archiver', 'facebookexternalhit', 'embedly', 'preview', 'validator',
        'headless', 'phantomjs', 'selenium', 'puppeteer', 'playwright', 'lighthouse', 'pagespeed', 'gtmetrix',
        'pingdom', 'uptime', 'statuscake', 'site24x7', 'monitor', 'proofpoint', 'mimecast', 'barracuda', 'safelinks',
        'curl/', 'wget/', 'python-', 'python/', 'httpx/', 'aiohttp', 'go-http-client', 'okhttp', 'java/',
        'apache-httpclient', 'libwww', 'node-fetch', 'axios/', 'postman', 'insomnia/', 'guzzle',
    ] -%}
    coalesce({{ matches_pattern("replace(lower(" ~ user_agent ~ "), 'cubot', '')", parts | join('|')) }}, false)
{%- endmacro %}


{#- The search engine that a host belongs to, by name, or ''. -#}
{% macro search_engine(host) -%}
    regexp_extract(
        {{ host_without_suffix(host) }},
        '^(?:[a-z]{2}[.])?(?:search[.])?(google|bing|yahoo|yandex|baidu|duckduckgo|ecosia|qwant|startpage|naver|seznam)$',
        1
    )
{%- endmacro %}


{#-
  Whether a domain that the tracker sees may be taken for one of the company's own by what it sees. Hosts that show
  anybody's pages are never: caches, archives, translators.
-#}
{% macro may_be_own_domain(domain) -%}
    coalesce(
        {{ domain }} like '%.%'
        and {{ domain }} not in (
            'ampproject.org', 'ampproject.net', 'bing-amp.com', 'googleusercontent.com', 'translate.goog', 'archive.org',
            'archive.today', 'archive.ph', 'google.com', 'microsofttranslator.com', 'translatetheweb.com', 'ngrok.io',
            'ngrok-free.app', 'gtranslate.net', 'localtunnel.me'
        )
        and {{ domain }} not like '%.ngrok.io'
        and {{ domain }} not like '%.ngrok-free.app',
        false
    )
{%- endmacro %}


{#- The host of an address, lower case, without `www.`; null when there is none (a bare path). -#}
{% macro url_host(url) -%}
    nullif(
        regexp_replace(
            lower(regexp_extract(trim({{ url }}), '^([A-Za-z][A-Za-z0-9+.-]*:)?//([^/@?#]*@)?([^/:?#]+)', 3)), '^www[.]', ''
        ),
        ''
    )
{%- endmacro %}


{#-
  The path of an address as assets are matched on it: without scheme, host, query and fragment, lower case, single
  slashes, a leading and no trailing one. The home page is '/'.
-#}
{% macro url_path(url) -%}
    '/' || trim(both '/' from
        regexp_replace(
            lower(regexp_replace(trim({{ url }}), '^([A-Za-z][A-Za-z0-9+.-]*:)?//[^/?#]*|[?#].*$', ''{{ every_match() }})), '/+', '/'{{ every_match() }}
        )
    )
{%- endmacro %}


{#- How many segments a path has: 0 for '/', 2 for '/guides/roi'. -#}
{% macro path_depth(path) -%}
    case when {{ path }} = '/' then 0 else length({{ path }}) - length(replace({{ path }}, '/', '')) end
{%- endmacro %}


{#- The first `depth` segments of a path. -#}
{% macro path_prefix(path, depth) -%}
    {{ return(adapter.dispatch('path_prefix', 'throughline')(path, depth)) }}
{%- endmacro %}

{% macro default__path_prefix(path, depth) -%}
    substring_index({{ path }}, '/', {{ depth }} + 1)
{%- endmacro %}

{% macro duckdb__path_prefix(path, depth) -%}
    array_to_string(list_slice(string_split({{ path }}, '/'), 1, {{ depth }} + 1), '/')
{%- endmacro %}


{#- Opened mails are no touches (mail programs open them by themselves), but teams are measured on them. -#}
{% macro is_email_open(event_name) -%}
    {{ event_words(event_name) }} in ('email_opened', 'email_open', 'email_opens', 'opened_email', 'open_email')
{%- endmacro %}


{#-
  Whether a touch is what a person met of marketing: neither a seller's own call, mail or share, nor a visit by staff or
  by a machine, and of a time that can be true. The others leave no credit either; sales activity does in models that
  include it.
-#}
{% macro is_marketing_touch(touches) -%}
    not {{ touches }}.is_sales_activity
    and not {{ touches }}.is_internal
    and not {{ touches }}.is_bot
    and {{ touches }}.has_impossible_time is not true
{%- endmacro %}
