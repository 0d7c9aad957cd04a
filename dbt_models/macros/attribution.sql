{#-
  Exact arithmetic for credit, and the names of the positions. Shares are whole numbers over a common denominator, so
  that a third of 100.00 is a third until the cent is decided, and no float noise ever decides who gets it.
-#}

{#- The positions that a touch holds as bits: FT 1, LC 2, OC 4, CW 8. -#}
{% macro position_mask(is_first_touch, is_lead_creation, is_opportunity_creation, is_close) -%}
    case when {{ is_first_touch }} then 1 else 0 end
    + case when {{ is_lead_creation }} then 2 else 0 end
    + case when {{ is_opportunity_creation }} then 4 else 0 end
    + case when {{ is_close }} then 8 else 0 end
{%- endmacro %}


{% macro credit_status(expression) -%}
    {{ one_of(expression, ['credited', 'pending', 'unattributed']) }}
{%- endmacro %}


{#-
  The positions in a mask (FT 1, LC 2, OC 4, CW 8) as people write them: 'FT,LC', or 'middle' for a touch that holds none.
  What else the mask holds is no position of the journey. A text and no enum: the view with them is published, and
  DuckDB before 1.5 can't read a cast to an enum in a view.
-#}
{% macro position_names(mask) -%}
    {%- set names = ['middle'] -%}
    {%- for value in range(1, 16) -%}
        {%- set held = [] -%}
        {%- for name, bit in {'FT': 1, 'LC': 2, 'OC': 4, 'CW': 8}.items() if value // bit % 2 -%}
            {%- do held.append(name) -%}
        {%- endfor -%}
        {%- do names.append(held | join(',')) -%}
    {%- endfor -%}
    {%- set branches = [] -%}
    {%- for name in names -%}
        {%- do branches.append("when " ~ loop.index0 ~ " then '" ~ name ~ "'") -%}
    {%- endfor -%}
    case {{ mask }} & 15 {{ branches | join(' ') }} end
{%- endmacro %}


{#-
  Columns side by side as one column of rows that are numbered by part: 1 to 4 the positions, 5 the middle, 6 what nobody
  can claim. `{part}` stands for the position's name.
-#}
{% macro by_part(of_position, of_middle, of_unattributed) -%}
    case parts.part_number
        {%- for position in ['first_touch', 'lead_creation', 'opportunity_creation', 'close'] %}
        when {{ loop.index }} then {{ of_position | replace('{part}', position) }}
        {%- endfor %}
        when 5 then {{ of_middle }}
        else {{ of_unattributed }}
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


{#-
  The whole part of a division of two whole numbers, neither of them negative. DuckDB divides 128-bit numbers bit by bit,
  a microsecond each, and Spark's `div` cuts what is longer than 64 bits off. Doubles come within a few units of the
  quotient, what they leave over is divided once more, and what is then left over decides the last unit exactly.
-#}
{% macro integer_quotient(dividend, divisor) -%}
    {%- set dividend, divisor = '(' ~ dividend ~ ')', '(' ~ divisor ~ ')' -%}
    {%- set rough = '(' ~ double_quotient(dividend, divisor) ~ ')' -%}
    {%- set near = '(' ~ rough ~ ' + ' ~ double_quotient(dividend ~ ' - ' ~ rough ~ ' * ' ~ divisor, divisor) ~ ')' -%}
    {%- set left_over = '(' ~ dividend ~ ' - ' ~ near ~ ' * ' ~ divisor ~ ')' -%}
    ({{ near }} + cast({{ left_over }} >= {{ divisor }} as integer) - cast({{ left_over }} < 0 as integer))
{%- endmacro %}

{% macro double_quotient(dividend, divisor) -%}
    {{ return(adapter.dispatch('double_quotient', 'throughline')(dividend, divisor)) }}
{%- endmacro %}

{#- Rounded: `floor` would give 64 bits. -#}
{% macro default__double_quotient(dividend, divisor) -%}
    cast(cast({{ dividend }} as double) / cast({{ divisor }} as double) as decimal(38, 0))
{%- endmacro %}

{% macro duckdb__double_quotient(dividend, divisor) -%}
    cast(floor(cast({{ dividend }} as double) / cast({{ divisor }} as double)) as hugeint)
{%- endmacro %}


{#-
  The whole cents of a fraction of an amount, and what the division leaves over (the remainder, over the denominator).
  All are whole numbers of 64 bits, and nearly always their product is one too; where it isn't, 128 bits take five times
  as long.
-#}
{% macro whole_cents_of(cents, numerator, denominator) -%}
    case
        when {{ product_fits(cents, denominator) }}
            then {{ short_quotient(cents ~ ' * ' ~ numerator, denominator) }}
        else
            cast(
                {{ integer_quotient(exact_integer(cents) ~ ' * ' ~ numerator, exact_integer(denominator)) }} as bigint
            )
    end
{%- endmacro %}

{% macro remainder_of(cents, numerator, denominator, whole_cents) -%}
    case
        when {{ product_fits(cents, denominator) }}
            then {{ cents }} * {{ numerator }} - {{ whole_cents }} * {{ denominator }}
        else
            cast(
                {{ exact_integer(cents) }} * {{ numerator }} - {{ exact_integer(whole_cents) }} * {{ denominator }}
                as bigint
            )
    end
{%- endmacro %}

{% macro product_fits(cents, denominator) -%}
    cast({{ cents }} as double) * cast({{ denominator }} as double) < 9000000000000000000
{%- endmacro %}

{% macro short_quotient(dividend, divisor) -%}
    {{ return(adapter.dispatch('short_quotient', 'throughline')(dividend, divisor)) }}
{%- endmacro %}

{% macro default__short_quotient(dividend, divisor) -%}
    (({{ dividend }}) div ({{ divisor }}))
{%- endmacro %}

{% macro duckdb__short_quotient(dividend, divisor) -%}
    (({{ dividend }}) // ({{ divisor }}))
{%- endmacro %}


{#- The values of a group for which a condition holds, in descending order, and the n-th of such a list (null at 0). -#}
{% macro descending_list(expression, condition) -%}
    {{ return(adapter.dispatch('descending_list', 'throughline')(expression, condition)) }}
{%- endmacro %}

{% macro default__descending_list(expression, condition) -%}
    sort_array(collect_list({{ expression }}) filter (where {{ condition }}), false)
{%- endmacro %}

{% macro duckdb__descending_list(expression, condition) -%}
    list_reverse_sort(list({{ expression }}) filter (where {{ condition }}))
{%- endmacro %}


{% macro nth_of_list(values, n) -%}
    {{ return(adapter.dispatch('nth_of_list', 'throughline')(values, n)) }}
{%- endmacro %}

{% macro default__nth_of_list(values, n) -%}
    case when {{ n }} > 0 then element_at({{ values }}, cast({{ n }} as int)) end
{%- endmacro %}

{% macro duckdb__nth_of_list(values, n) -%}
    list_extract({{ values }}, {{ n }})
{%- endmacro %}
