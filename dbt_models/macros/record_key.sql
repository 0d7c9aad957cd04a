{#-
  The key of a CRM's record, unique among all records of all CRMs, so that nothing downstream joins two by accident.

  Salesforce's ids are unique over its objects and stay as they are. Every other CRM's key names the system and what the
  record is (`hubspot:contact:51`): its numbers may be another CRM's, or another object's, too. Which of the two a key is
  depends on the system's name alone, so no key changes when a second CRM is added.
-#}
{% macro record_key(system, record_type, id) -%}
    {%- if system == 'salesforce' -%} {{ id }} {%- else -%} '{{ system }}:{{ record_type }}:' || {{ id }} {%- endif -%}
{%- endmacro %}
