{#-
  Exact arithmetic for credit, and the names of the positions. Shares are whole numbers over a common denominator, so
  that a third of 100.00 is a third until the cent is decided, and no float noise ever decides who gets it.
-#}

{#-
  The positions in a mask (FT 1, LC 2, OC 4, CW 8) as people write them: 'FT,LC', or 'middle' for a touch that holds none.
  What else the mask holds is no position of the journey.
-#}
{% macro position_names(mask) -%}
    case {{ mask }} & 15
        {%- for value in range(1, 16) -%}
        {%- set held = [] -%}
        {%- for name, bit in {'FT': 1, 'LC': 2, 'OC': 4, 'CW': 8}.items() if value // bit % 2 -%}
            {%- do held.append(name) -%}
        {%- endfor %}
        when {{ value }} then '{{ held | join(',') }}'
        {%- endfor %}
        else 'middle'
    end
{%- endmacro %}


{#- A whole number wide enough for cents (18 digits) times a share's numerator (20 digits). -#}
{% macro exact_integer(expression) -%}
    {{ return(adapter.dispatch('exact_integer', 'throughline')(expression)) }}
{%- endmacro %}

{% macro default__exact_integer(expression) -%}
    cast({{ expression }} as decimal(38, 0))
{%- endmacro %}

{% macro duckdb__exact_integer(expression) -%}
    cast({{ expression }} as hugeint)
{%- endmacro %}


{#- The whole part of a division of two whole numbers, neither of them negative. -#}
{% macro integer_quotient(dividend, divisor) -%}
    {{ return(adapter.dispatch('integer_quotient', 'throughline')(dividend, divisor)) }}
{%- endmacro %}

{% macro default__integer_quotient(dividend, divisor) -%}
    (({{ dividend }}) div ({{ divisor }}))
{%- endmacro %}

{% macro duckdb__integer_quotient(dividend, divisor) -%}
    (({{ dividend }}) // ({{ divisor }}))
{%- endmacro %}


{#- Whole cents back to money. -#}
{% macro cents_to_amount(cents) -%}
    cast(cast({{ cents }} as decimal(18, 0)) * cast(0.01 as decimal(3, 2)) as decimal(18, 2))
{%- endmacro %}
