{#-
  Amounts that a payment system writes as whole numbers of the currency's smallest unit: 1234 is 12.34 USD, 1,234 JPY and
  1.234 KWD. How many decimals a currency has is its standard's (ISO 4217), save where the payment system has rules of
  its own. A currency missing here is taken for one of two decimals, off by a factor of ten or a hundred; codes that no
  standard knows never get here, the loader rejects them.
-#}

{#- The currencies without two decimals, by their number of decimals, as a payment system counts. -#}
{% macro currencies_by_decimals(system) -%}
    {%- set standard = {
        0: [
            'BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'VND', 'VUV', 'XAF', 'XOF', 'XPF',
        ],
        3: ['BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND'],
    } -%}
    {#- Stripe keeps two decimals for currencies that had them once, and none for the ariary, which counts in fifths. -#}
    {%- set own = {'stripe': {'ISK': 2, 'UGX': 2, 'MGA': 0}, 'chargebee': {'MGA': 0}}.get(system, {}) -%}
    {%- set found = {0: [], 3: []} -%}
    {%- for decimals, currencies in standard.items() -%}
        {%- for currency in currencies if currency not in own -%} {%- do found[decimals].append(currency) -%} {%- endfor -%}
    {%- endfor -%}
    {%- for currency, decimals in own.items() if decimals in found -%}
        {%- do found[decimals].append(currency) -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}

{#- The amount in cents precision, rounded half away from zero: 1.235 KWD is 1.24. -#}
{% macro minor_units_to_amount(units, currency, system) -%}
    {%- set currencies = currencies_by_decimals(system) -%}
    {{ cents_to_amount(
        "case when " ~ currency ~ " in ('" ~ (currencies[0] | join("', '")) ~ "') then " ~ units ~ " * 100 when "
        ~ currency ~ " in ('" ~ (currencies[3] | join("', '")) ~ "') then " ~ divide_half_up(units, '10')
        ~ " else " ~ units ~ " end"
    ) }}
{%- endmacro %}
