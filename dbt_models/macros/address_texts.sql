{#-
  Texts that came through an address: decoding them, and reading the parameters of a page's address.

  What lives here: percent signs, plus signs, separators. What doesn't: what a parameter means (touchpoint_rules.sql) and
  which channel it leads to (channel_rules.sql).
-#}

{#-
  A text from an address as a person would write it: `+` and `%20` become spaces, `%C3%A4` an ä, runs of white space one
  space. Decoded once: `%2520` becomes `%20`, because a second time would change what was meant as it stands. An escape
  that isn't one, or that isn't UTF-8, stays. A text that holds white space was decoded by whoever delivered it: no
  address has any, and its plus signs are plus signs.
-#}
{% macro decoded_text(text) -%}
    {%- set blanks -%}[\s\x{00A0}\x{200B}\x{FEFF}[:cntrl:]]+{%- endset -%}
    nullif(
        trim(
            regexp_replace(
                case
                    when {{ matches_pattern(text, '[%+]') }} and not {{ matches_pattern('trim(' ~ text ~ ')', '[ \t]') }}
                        then {{ percent_decoded(text) }}
                    else {{ text }}
                end,
                '{{ engine_pattern(blanks) }}',
                ' '{{ every_match() }}
            )
        ),
        ''
    )
{%- endmacro %}


{% macro percent_decoded(text) -%}
    {{ return(adapter.dispatch('percent_decoded', 'throughline')(text)) }}
{%- endmacro %}

{% macro default__percent_decoded(text) -%}
    coalesce(try_url_decode({{ text }}), {{ text }})
{%- endmacro %}

{#- Where the whole isn't UTF-8, each escape is tried by itself: ASCII alone, the bytes of other letters together. -#}
{% macro duckdb__percent_decoded(text) -%}
    nfc_normalize(
        coalesce(
            try(url_decode(replace({{ text }}, '+', ' '))),
            array_to_string(
                list_transform(
                    regexp_extract_all(
                        replace({{ text }}, '+', ' '), '%[0-7][0-9A-Fa-f]|(?:%[89A-Fa-f][0-9A-Fa-f])+|[^%]+|%'
                    ),
                    lambda part: coalesce(try(url_decode(part)), part)
                ),
                ''
            )
        )
    )
{%- endmacro %}


{#-
  The value of a parameter of an address, still encoded, or '': of the query or the fragment, the name in any case. The
  first that has a value wins. `&amp;` separates as `&` does: pages are copied out of their own source. A value in
  braces is a placeholder that an ad system didn't fill in.
-#}
{% macro url_parameter(url, names) -%}
    regexp_extract({{ url }}, '(?i)[?&;#](?:{{ names | join("|") }})=([^&;#{}]+)(?:[&;#]|$)', 1)
{%- endmacro %}


{#- The id of a CRM campaign (701…) that is the value of any parameter of an address, or ''. -#}
{% macro url_crm_campaign_id(url) -%}
    regexp_extract({{ url }}, '[?&;#][A-Za-z0-9_.-]+=(701[0-9A-Za-z]{12}(?:[0-9A-Za-z]{3})?)(?:[&;#]|$)', 1)
{%- endmacro %}


{#-
  The address as the site itself would give it. Copies served by somebody else name the site in their own host or path:
  AMP caches and viewers (`example-com.cdn.ampproject.org/c/s/example.com/x`, `google.com/amp/s/example.com/x`) and
  translating proxies (`example-com.translate.goog/x`), where a dash is a dot and two are a dash. Any other address stays
  as it is.
-#}
{% macro site_address(url) -%}
    case
        when not {{ matches_pattern(url, '(?i)[.]ampproject[.]org|bing-amp[.]com|/amp/s?|[.]translate[.]goog') }} then {{ url }}
        when {{ matches_pattern(url, amp_viewer_pattern() ~ '[^/?#]+[.][^/?#]') }}
            then regexp_replace({{ url }}, '{{ amp_viewer_pattern() }}', 'https://')
        when {{ matches_pattern(url, '(?i)^https?://[^/?#.]+[.](cdn[.]ampproject[.]org|bing-amp[.]com|translate[.]goog)') }}
            then
                'https://'
                || replace(
                    replace(
                        replace(regexp_extract({{ url }}, '^[^:]+://([^/?#.]+)', 1), '--', chr(1)), '-', '.'
                    ),
                    chr(1),
                    '-'
                )
                || regexp_extract({{ url }}, '^[^:]+://[^/?#]+(.*)$', 1)
        else {{ url }}
    end
{%- endmacro %}

{% macro amp_viewer_pattern() -%}
    (?i)^https?://(([^/?#]+[.])?(cdn[.]ampproject[.]org|bing-amp[.]com)/[a-z]+/|(www[.])?(google[.][a-z.]+|bing[.]com)/amp/)(s/)?
{%- endmacro %}


{#-
  A host and the domains above it, one row each, as a set-returning expression of a select: app.shop.example.com,
  shop.example.com, example.com and com. What a list says of a domain holds for everything below it.
-#}
{% macro domains_above(host) -%}
    {{ return(adapter.dispatch('domains_above', 'throughline')(host)) }}
{%- endmacro %}

{% macro default__domains_above(host) -%}
    explode(
        transform(
            sequence(1, size(split({{ host }}, '[.]'))), place -> substring_index({{ host }}, '.', -place)
        )
    )
{%- endmacro %}

{% macro duckdb__domains_above(host) -%}
    unnest(
        list_transform(
            range(1, length({{ host }}) - length(replace({{ host }}, '.', '')) + 2),
            lambda place: array_to_string(list_slice(string_split({{ host }}, '.'), place, -1), '.')
        )
    )
{%- endmacro %}
