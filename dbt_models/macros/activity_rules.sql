{#-
  What the CRM's activities say about who did what: read in one place, because every tool that logs calls and mails
  writes its own marks into the subject. Whose act counts as an answer is decided in int_lifecycle__sales_actions.
-#}

{#- A subject without the marks that tools and mail programs put before it: `[Out] Email: >> Re: Offer` is `offer`. -#}
{% macro bare_subject(subject) -%}
    {%- set marks -%}
        ^([[:space:]]*([[][^]]*[]]|e-?mail:|call:|>>|<<|re:|aw:|fwd?:|wg:))*|([[][^]]*[]][[:space:]]*)+$
    {%- endset -%}
    trim(regexp_replace(
        lower(coalesce({{ subject }}, '')),
        '{{ engine_pattern(marks) }}',
        ''{{ every_match() }}
    ))
{%- endmacro %}


{#-
  The direction of a call or mail: inbound when the prospect acted, outbound when we did, internal among ourselves, null
  when nothing tells. The CRM's own field first, then the marks that loggers leave: `[In]`, `[Received]`, `Email: <<`,
  `Reply:`. A bare `Re:` tells nothing: a seller who answers an enquiry writes it too.
-#}
{% macro activity_direction(subject, activity_type, call_type) -%}
    {%- set kind = "lower(coalesce(" ~ call_type ~ ", " ~ activity_type ~ ", ''))" -%}
    {%- set text = "lower(coalesce(" ~ subject ~ ", ''))" -%}
    {%- set tags = '^([[:space:]]*[[][^]]*[]])*[[:space:]]*' -%}
    case
        when {{ kind }} like '%inbound%' or {{ kind }} like '%incoming%' then 'inbound'
        when {{ kind }} like '%outbound%' or {{ kind }} like '%outgoing%' then 'outbound'
        when {{ kind }} = 'internal' then 'internal'
        when {{ matches_pattern(text, '[[](in|inbound|incoming|received|reply|replied|<<)[]]') }} then 'inbound'
        when {{ matches_pattern(text, '[[](out|outbound|outgoing|sent|>>)[]]') }} then 'outbound'
        when {{ matches_pattern(text, tags ~ '(e-?mail[[:space:]]*:?[[:space:]]*)?(<<|<-|←)') }} then 'inbound'
        when {{ matches_pattern(text, tags ~ '(e-?mail[[:space:]]*:?[[:space:]]*)?(>>|->|→)') }} then 'outbound'
        when
            {{ matches_pattern(
                text,
                tags ~ '((inbound|incoming|missed)([[:space:]]+(e-?mail|call))?|(e-?mail[[:space:]]+)?(reply|received)'
                ~ '|automatic reply|auto-?reply|out of office)[[:space:]]*(:|-|$)'
            ) }}
            then 'inbound'
    end
{%- endmacro %}


{#-
  Mails that a program sends by a plan, whoever's name is on them: list e-mails, steps of the CRM's cadences, and what a
  tool marks as a step of a sequence.
-#}
{% macro is_sent_by_plan(subject, subtype) -%}
    (
        lower(coalesce({{ subtype }}, '')) in ('listemail', 'list_email', 'cadence')
        or {{ matches_pattern(
            "lower(coalesce(" ~ subject ~ ", ''))",
            '^[[:space:]]*list e-?mail:|[[][^]]*(sequence|cadence|drip|automated)[^]]*[]]|[]][[:space:]]*step[[:space:]]*#?[0-9]'
        ) }}
    )
{%- endmacro %}
