{#-
  What a memory table knows at the run's AS_OF: per key, the row that holds.

  A memory table is only ever added to. Each row says as of when it was established and in which of the runs that wrote
  it (`run_number`, counted from 1); `first_run_number` is the run that first established what the row belongs to.
  Rows established as of a later timestamp than the run's are left out: a run for a past date gives what it would have
  given without them. What such a run has to establish itself loses to what an earlier run established, so that looking
  back changes nothing for the nights to come.
-#}
{% macro remembered(memory, key) -%}
    select *
    from {{ memory }}
    where established_as_of <= {{ run_setting('as_of') }}
    qualify
        row_number() over (
            partition by {{ key | join(', ') }}
            order by first_run_number asc, run_number desc
        ) = 1
{%- endmacro %}
