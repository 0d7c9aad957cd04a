{#-
  Times that can't be true: a device's clock that lost its power begins at 1970, 1980, 2000 or 2001, and a mistyped or
  overflowing year lies in 2038 or 2099. One rule for all touches; what lies in the run's future and may well come true
  has a status of its own (after_as_of).
-#}

{#-
  Whether a timestamp lies before anything like it could have been recorded: 2005 on the web, whose trackers begin
  there, and 1990 in a CRM, which may hold what an older one knew. A later bound would take history away, an earlier one
  lets clocks that begin in 2001 through.
-#}
{% macro is_before_any_record(moment, is_web=true) -%}
    {{ moment }} < cast('{{ "2005-01-01" if is_web else "1990-01-01" }}' as timestamp)
{%- endmacro %}


{#- The timestamp, or null when it lies before any record. -#}
{% macro possible_moment(moment, is_web=true) -%}
    case when not {{ is_before_any_record(moment, is_web) }} then {{ moment }} end
{%- endmacro %}


{#-
  Whether a touch has no place in any journey because of its time. Five years after AS_OF: no meeting is planned so far
  ahead, and a run on an earlier AS_OF doesn't call impossible what it will know later.
-#}
{% macro has_impossible_time(moment, touch_type, as_of) -%}
    (
        case
            when {{ touch_type }} in ('session', 'form_fill', 'email_click') then {{ is_before_any_record(moment) }}
            else {{ is_before_any_record(moment, is_web=false) }}
        end
        or {{ moment }} > {{ dbt.dateadd('year', 5, as_of) }}
    )
{%- endmacro %}


{#-
  When a tracked call was made: by the device's clock, unless that is impossible or more than a day ahead of the server
  that received the call; then when it was received. A time long before the receipt stands: calls wait on the device,
  and history is sent in afterwards.
-#}
{% macro tracked_at(moment, received_at) -%}
    case when {{ has_wrong_clock(moment, received_at) }} then {{ received_at }} else {{ moment }} end
{%- endmacro %}

{% macro has_wrong_clock(moment, received_at) -%}
    coalesce(
        not {{ is_before_any_record(received_at) }}
        and (
            {{ is_before_any_record(moment) }}
            or {{ moment }} > {{ dbt.dateadd('day', 1, received_at) }}
        ),
        false
    )
{%- endmacro %}
