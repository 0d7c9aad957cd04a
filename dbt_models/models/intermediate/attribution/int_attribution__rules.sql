{%- set positions = {
    'first_touch': 'first touch',
    'lead_creation': 'lead creation',
    'opportunity_creation': 'opportunity creation',
    'close': 'close',
} %}
select
    models.model,
    case models.method
        when 'last_non_direct' then 'last touch that is not direct'
        when 'time_decay'
            then 'halves every ' || {{ trimmed_number('windows.half_life_days') }} || ' days before the close'
        when 'markov' then 'removal effect of the channel, spread evenly over its touches'
        when 'shapley' then 'Shapley value of the channel, spread evenly over its touches'
        when 'shapley_rate' then 'Shapley value of the channel for the win rate, spread evenly over its touches'
    end as touch_rule,
    {%- for position, name in positions.items() %}
    case
        when models.{{ position }} > 0 then '{{ name }} ' || {{ percent('models.' ~ position) }}
    end as {{ position }}_rule,
    {%- endfor %}
    case
        when models.middle = 100 then 'every touch the same'
        when models.middle > 0 then 'middle ' || {{ percent('models.middle') }} || ', every touch of it the same'
    end as middle_rule
from {{ ref('stg_reference__attribution_models') }} as models
inner join {{ ref('int_journeys__model_windows') }} as windows
    on models.model = windows.model
