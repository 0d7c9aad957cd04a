{#-
  Exact money. Division of decimals gives a float on many engines, so a conversion multiplies and divides whole numbers
  and rounds once, half away from zero: 0.125 becomes 0.13 and -0.125 becomes -0.13, as on an invoice.
-#}

{#-
  An amount in another currency, in cents precision: amount / from_rate * to_rate. Rates are units per one unit of the
  corporate currency, DECIMAL(28,12). `scale` is the number of decimals that the amount carries.
-#}
{% macro convert_money(amount, from_rate, to_rate, scale=2) -%}
    {{ cents_to_amount(divide_half_up(
        whole_units(amount, scale) ~ ' * ' ~ whole_units(to_rate, 12),
        whole_units(from_rate, 12) ~ (' * ' ~ 10 ** (scale - 2) if scale > 2 else '')
    )) }}
{%- endmacro %}


{#-
  An amount of six decimals in another currency as a whole number of billionths, for amounts that are summed before they
  are rounded: a click may cost a fraction of a cent. Nine decimals keep the six of the original exact at a rate of one,
  and a million converted rows together within a tenth of a cent.
-#}
{% macro convert_to_billionths(amount, from_rate, to_rate) -%}
    {{ divide_half_up(
        whole_units(amount, 6) ~ ' * ' ~ whole_units(to_rate, 12) ~ ' * 1000', whole_units(from_rate, 12)
    ) }}
{%- endmacro %}

{#- Billionths as whole cents, rounded half away from zero. -#}
{% macro billionths_to_cents(billionths) -%}
    {{ divide_half_up(billionths, '10000000') }}
{%- endmacro %}


{#-
  A decimal as a whole number of its smallest units. Widened first: DuckDB keeps the product of two narrow decimals
  narrow and fails on the largest amounts.
-#}
{% macro whole_units(amount, scale) -%}
    {{ return(adapter.dispatch('whole_units', 'throughline')(amount, scale)) }}
{%- endmacro %}

{% macro default__whole_units(amount, scale) -%}
    cast({{ amount }} * {{ 10 ** scale }} as decimal(38, 0))
{%- endmacro %}

{% macro duckdb__whole_units(amount, scale) -%}
    cast(cast({{ amount }} as decimal(38, {{ scale }})) * {{ 10 ** scale }} as hugeint)
{%- endmacro %}


{#- A whole number divided by a positive one, rounded half away from zero. -#}
{% macro divide_half_up(dividend, divisor) -%}
    {{ return(adapter.dispatch('divide_half_up', 'throughline')(dividend, divisor)) }}
{%- endmacro %}

{% macro default__divide_half_up(dividend, divisor) -%}
    (
        case when ({{ dividend }}) < 0 then -1 else 1 end
        * {{ integer_quotient('2 * abs(' ~ dividend ~ ') + ' ~ divisor, '2 * (' ~ divisor ~ ')') }}
    )
{%- endmacro %}

{% macro duckdb__divide_half_up(dividend, divisor) -%}
    (sign({{ dividend }}) * ((2 * abs({{ dividend }}) + {{ divisor }}) // (2 * {{ divisor }})))
{%- endmacro %}


{#- Money of up to 18 digits as whole cents of 64 bits, and back. -#}
{% macro amount_to_cents(amount) -%}
    {{ return(adapter.dispatch('amount_to_cents', 'throughline')(amount)) }}
{%- endmacro %}

{% macro default__amount_to_cents(amount) -%}
    cast({{ whole_units(amount, 2) }} as bigint)
{%- endmacro %}

{#- Units and hundredths apart, all of them 64 bits: the product of 18 digits and 100 is not, and takes ten times as long. -#}
{% macro duckdb__amount_to_cents(amount) -%}
    {%- set short = 'cast(' ~ amount ~ ' as decimal(18, 2))' -%}
    (
        cast(trunc({{ short }}) as bigint) * 100
        + cast(cast({{ short }} - trunc({{ short }}) as decimal(3, 2)) * 100 as bigint)
    )
{%- endmacro %}

{% macro cents_to_amount(cents) -%}
    cast(cast({{ cents }} as decimal(18, 0)) * cast(0.01 as decimal(3, 2)) as decimal(18, 2))
{%- endmacro %}
