{#-
  Whether a visitor consented to be measured, as the hit itself says, and what stays of a hit that says no.
  Which field says so is the setting consent_fields (GA4 has one of its own); what its values mean is the reference table
  consent_values.
-#}

{#-
  A tracker's rows with what they say of consent: given, refused, not_told, or unmapped for a value that no row of
  consent_values covers, which stops the publication.
-#}
{% macro with_consent(source_system, field='throughline_consent') -%}
    select
        source.*,
        coalesce(
            consent_values.consent,
            case when coalesce(trim(source.{{ field }}), '') = '' then 'not_told' else 'unmapped' end
        ) as told_consent
    from source
    left join {{ ref('stg_reference__consent_values') }} as consent_values
        on
            coalesce(lower(trim(source.{{ field }})), '') = consent_values.value
            and consent_values.source_system = '{{ source_system }}'
{%- endmacro %}

{#-
  A value that could join the hit to somebody: null without consent. What isn't known to be consent joins nobody, since a
  person that was published can't be taken back.
-#}
{% macro if_consented(value) -%}
    case
        when told_consent in ('given', 'not_told') then {{ value }}
    end
{%- endmacro %}
