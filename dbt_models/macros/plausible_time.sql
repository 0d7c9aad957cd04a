{#-
  Which dates and timestamps can be true. A device clock that was never set says 1970, a blank of some tools 1900 or
  0001, a slip of the keyboard 2204. Such a value is taken as unknown where it would be a fact (the creation or the close
  of a record): it would stretch medians by decades and fill reports with empty months. Touches have a status of their
  own instead (`int_journeys__eligibility`).
-#}

{#- No CRM, tracker or ad network has records from before it; `dim_date` never begins earlier. -#}
{% macro earliest_plausible_date() -%}
    cast('1990-01-01' as date)
{%- endmacro %}


{#- How far beyond AS_OF a fact may lie. An opportunity won today may be booked on the first day of next year's contract;
    later than a year is a slip. It also leaves room for a run as of an earlier day than its data. -#}
{% macro plausible_days_ahead() -%}366{%- endmacro %}


{#- The timestamp, or null if it can't be true. The run's AS_OF must be at hand as `as_of`. -#}
{% macro plausible_moment(timestamp_column, as_of='as_of') -%}
    case
        when
            {{ timestamp_column }} >= {{ earliest_plausible_date() }}
            and {{ timestamp_column }} <= {{ dbt.dateadd('day', plausible_days_ahead(), as_of) }}
            then {{ timestamp_column }}
    end
{%- endmacro %}
