with

ripening as (

    select days_to_ripen from {{ ref('int_lifecycle__ripening') }}

),

opportunities as (

    select * from {{ ref('fct_opportunities') }}

),

persons as (

    select * from {{ ref('dim_person') }}

),

reached_stages as (

    select
        person_id,
        max(case when stage = 'mql' then 1 else 0 end) as has_mql,
        max(case when stage = 'sql' then 1 else 0 end) as has_sql,
        max(case when stage = 'opportunity' then 1 else 0 end) as has_opportunity
    from {{ ref('fct_lifecycle_transitions') }}
    group by person_id

),

cohort_people as (

    select
        {{ company_month('persons.created_at') }} as cohort_month,
        coalesce(persons.originator_team, 'unmapped') as originator_team,
        coalesce(persons.originator_source, '(none)') as originator_source,
        case when persons.is_lead then 1 else 0 end as leads,
        coalesce(reached_stages.has_mql, 0) as mqls,
        coalesce(reached_stages.has_sql, 0) as sqls,
        coalesce(reached_stages.has_sql * reached_stages.has_opportunity, 0) as sqls_with_opportunity
    from persons
    left join reached_stages
        on persons.person_id = reached_stages.person_id
    where persons.is_lead or reached_stages.person_id is not null

),

people as (

    select
        cohort_month,
        originator_team,
        originator_source,
        sum(leads) as leads,
        sum(mqls) as mqls,
        sum(sqls) as sqls,
        sum(sqls_with_opportunity) as sqls_with_opportunity
    from cohort_people
    group by cohort_month, originator_team, originator_source

),

-- An opportunity belongs to the month in which its originating person was created; an opportunity without one, to its
-- own.
cohort_deals as (

    select
        {{ company_month('coalesce(originator_created_at, created_at)') }} as cohort_month,
        originator_team,
        coalesce(originator_source, '(none)') as originator_source,
        is_won,
        amount,
        origin_status,
        case
            when opportunity_type in ('expansion', 'upsell') then 'expansion'
            else opportunity_type
        end as opportunity_type,
        case when is_won and opportunity_type = 'new_business' then days_lead_to_close end as days_lead_to_close,
        case when is_won and opportunity_type = 'new_business' then days_opportunity_to_close end
            as days_opportunity_to_close
    from opportunities

),

deals as (

    select
        cohort_month,
        originator_team,
        originator_source,
        count(*) as opportunities,
        {%- for type in ['new_business', 'expansion', 'renewal', 'unmapped'] %}
        sum(case when opportunity_type = '{{ type }}' then 1 else 0 end) as {{ type }}_opportunities,
        {%- endfor %}
        sum(case when is_won then 1 else 0 end) as won,
        sum(case when is_won and opportunity_type = 'new_business' then 1 else 0 end) as new_business_won,
        sum(case when is_won and opportunity_type = 'new_business' then amount else 0 end) as new_business_won_amount,
        sum(amount) as pipeline_amount,
        sum(case when is_won then amount else 0 end) as won_amount,
        median(days_lead_to_close) as median_days_lead_to_close,
        median(days_opportunity_to_close) as median_days_opportunity_to_close,
        sum(days_lead_to_close) as days_lead_to_close_sum,
        count(days_lead_to_close) as days_lead_to_close_count,
        sum(days_opportunity_to_close) as days_opportunity_to_close_sum,
        count(days_opportunity_to_close) as days_opportunity_to_close_count,
        sum(case when is_won and origin_status = 'preserved' then amount else 0 end) as revenue_origin_preserved,
        sum(case when is_won and origin_status = 'overwritten' then amount else 0 end) as revenue_origin_overwritten,
        sum(case when is_won and origin_status = 'lost' then amount else 0 end) as revenue_origin_lost,
        sum(case when is_won and origin_status = 'no_lead' then amount else 0 end) as revenue_origin_no_lead
    from cohort_deals
    group by cohort_month, originator_team, originator_source

),

joined as (

    select
        coalesce(people.cohort_month, deals.cohort_month) as cohort_month,
        coalesce(people.originator_team, deals.originator_team) as originator_team,
        coalesce(people.originator_source, deals.originator_source) as originator_source,
        people.leads,
        people.mqls,
        people.sqls,
        people.sqls_with_opportunity,
        deals.opportunities,
        deals.new_business_opportunities,
        deals.expansion_opportunities,
        deals.renewal_opportunities,
        deals.unmapped_opportunities,
        deals.won,
        deals.new_business_won,
        deals.pipeline_amount,
        deals.won_amount,
        deals.new_business_won_amount,
        deals.median_days_lead_to_close,
        deals.median_days_opportunity_to_close,
        deals.days_lead_to_close_sum,
        deals.days_lead_to_close_count,
        deals.days_opportunity_to_close_sum,
        deals.days_opportunity_to_close_count,
        deals.revenue_origin_preserved,
        deals.revenue_origin_overwritten,
        deals.revenue_origin_lost,
        deals.revenue_origin_no_lead
    from people
    full outer join deals
        on
            {{ month_name('people.cohort_month') }} = {{ month_name('deals.cohort_month') }}
            and people.originator_team = deals.originator_team
            and people.originator_source = deals.originator_source

)

select
    joined.cohort_month,
    {{ month_name('joined.cohort_month') }} as cohort_month_name,
    {{ is_ripe('joined.cohort_month', 'ripening.days_to_ripen') }} as is_ripe,
    joined.originator_team,
    joined.originator_source,
    {%- for count in [
        'leads', 'mqls', 'sqls', 'sqls_with_opportunity', 'opportunities', 'new_business_opportunities',
        'expansion_opportunities', 'renewal_opportunities', 'unmapped_opportunities', 'won', 'new_business_won'
    ] %}
    cast(coalesce(joined.{{ count }}, 0) as bigint) as {{ count }},
    {%- endfor %}
    cast(coalesce(joined.pipeline_amount, 0) as decimal(18, 2)) as pipeline_amount,
    cast(coalesce(joined.won_amount, 0) as decimal(18, 2)) as won_amount,
    cast(coalesce(joined.new_business_won_amount, 0) as decimal(18, 2)) as new_business_won_amount,
    cast(joined.median_days_lead_to_close as decimal(9, 1)) as median_days_lead_to_close,
    cast(joined.median_days_opportunity_to_close as decimal(9, 1)) as median_days_opportunity_to_close,
    {%- for days in ['days_lead_to_close', 'days_opportunity_to_close'] %}
    cast(coalesce(joined.{{ days }}_sum, 0) as bigint) as {{ days }}_sum,
    cast(coalesce(joined.{{ days }}_count, 0) as bigint) as {{ days }}_count,
    {%- endfor %}
{%- for status in ['preserved', 'overwritten', 'lost', 'no_lead'] %}
cast(coalesce(joined.revenue_origin_{{ status }}, 0) as decimal(18, 2)) as revenue_origin_{{ status }}
{{- ',' if not loop.last }}
{%- endfor %}
from joined
cross join ripening
