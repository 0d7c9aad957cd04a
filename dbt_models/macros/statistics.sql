{#- Intervals of shares, for models that judge what a number says. Plain arithmetic, so that every engine can do it. -#}

{#- 95 % of a normal distribution lies within so many standard deviations. -#}
{% macro two_sided_95() -%}
    1.959964
{%- endmacro %}


{#-
  A bound of Wilson's 95 % interval of a share, seen in a sample of `size` independent draws: it stays between 0 and 1,
  and is still an interval where none or all of the draws had it, which share ± error isn't. `side` is lower or upper.
-#}
{% macro wilson_bound(share, size, side) -%}
    {%- set z = two_sided_95() -%}
    {%- set sign = '-' if side == 'lower' else '+' -%}
    least(greatest(
        (
            {{ share }} + {{ z }} * {{ z }} / (2 * {{ size }})
            {{ sign }} {{ z }} * sqrt(
                {{ share }} * (1 - {{ share }}) / {{ size }} + {{ z }} * {{ z }} / (4 * {{ size }} * {{ size }})
            )
        ) / (1 + {{ z }} * {{ z }} / {{ size }}), 0
    ), 1)
{%- endmacro %}


{#-
  How many independent draws a sample is worth whose units come in clusters of unequal size (Kish): (sum of sizes)² ÷
  sum of squared sizes. 500 views of one person are worth one draw, two views each of 250 people 250.
-#}
{% macro effective_size(units, squared_units) -%}
    {{ units }} * {{ units }} / nullif({{ squared_units }}, 0)
{%- endmacro %}


{#-
  The standard error of sum(numerator) ÷ sum(denominator) over clusters, linearised: from the sums of the clusters'
  squares and products. Null with fewer than two clusters.
-#}
{% macro ratio_error(clusters, numerator, denominator, numerator_squared, product, denominator_squared) -%}
    sqrt(
        greatest(
            {{ numerator_squared }}
            - 2 * ({{ numerator }} / nullif({{ denominator }}, 0)) * {{ product }}
            + ({{ numerator }} / nullif({{ denominator }}, 0)) * ({{ numerator }} / nullif({{ denominator }}, 0))
            * {{ denominator_squared }},
            0
        ) * {{ clusters }} / nullif({{ clusters }} - 1, 0)
    ) / nullif({{ denominator }}, 0)
{%- endmacro %}


{#-
  How many standard deviations a count lies above another, where both vary like Poisson counts: Anscombe's square roots,
  whose variance is 1/4 whatever the count. Divided by sqrt(1 + …) where the other is itself a sample.
-#}
{% macro count_deviations(count, other) -%}
    2 * (sqrt({{ count }} + 0.375) - sqrt({{ other }} + 0.375))
{%- endmacro %}
