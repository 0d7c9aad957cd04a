with

opportunities as (

    select * from {{ ref('int_revenue__opportunities') }}

),

-- What was delivered of the opportunity itself, whatever the rules make of it.
deals as (

    select
        source_system,
        opportunity_id,
        md5(
            {%- for column in [
                'amount_original', 'converted_amount', 'currency', 'converted_currency', 'crm_type', 'stage_name',
                'is_closed', 'is_won', 'created_at', 'close_date', 'account_id', 'primary_contact_id', 'owner_id',
                'created_by_id',
            ] %}
            coalesce(cast({{ column }} as {{ dbt.type_string() }}), '')
            {{- " || '|' ||" if not loop.last }}
            {%- endfor %}
        ) as deal_mark
    from {{ ref('int_crm__opportunities') }}

),

originators as (

    select * from {{ ref('int_identity__opportunity_originators') }}

),

-- Marks of sets are sums of numbers that stand for the members: the order doesn't matter, and a member that comes or
-- goes moves the sum.
journeys as (

    select
        opportunities.opportunity_id,
        cast(
            sum({{ mark_of("touches.touchpoint_id || cast(touches.occurred_at as " ~ dbt.type_string() ~ ")") }})
            as {{ dbt.type_string() }}
        ) as touch_mark
    from {{ ref('int_journeys__eligibility') }} as eligibility
    inner join {{ ref('int_journeys__opportunities') }} as opportunities
        on eligibility.opportunity_key = opportunities.opportunity_key
    inner join {{ ref('int_touchpoints__touches') }} as touches
        on eligibility.touch_key = touches.touch_key
    where
        opportunities.outcome = 'won'
        and not touches.is_bot
        and not touches.is_internal
    group by opportunities.opportunity_id

),

members as (

    select
        buying_groups.opportunity_id,
        buying_groups.person_id
    from {{ ref('int_journeys__buying_groups') }} as buying_groups
    inner join opportunities
        on buying_groups.opportunity_id = opportunities.opportunity_id
    where opportunities.is_won

),

known as (

    select distinct person_id from members

),

-- Who a member is: its records and addresses, and the browsers that were joined to it.
people as (

    select
        person_identifiers.person_id,
        sum({{ mark_of("person_identifiers.identifier_type || '|' || person_identifiers.identifier") }}) as mark
    from {{ ref('int_identity__person_identifiers') }} as person_identifiers
    inner join known
        on person_identifiers.person_id = known.person_id
    group by person_identifiers.person_id

),

groups as (

    select
        members.opportunity_id,
        cast(sum(people.mark) as {{ dbt.type_string() }}) as person_mark
    from members
    inner join people
        on members.person_id = people.person_id
    group by members.opportunity_id

)

select
    opportunities.opportunity_id,
    opportunities.source_system,
    opportunities.account_id,
    opportunities.outcome,
    opportunities.is_won,
    opportunities.created_at,
    {{ company_month('opportunities.created_at') }} as created_month,
    cast(opportunities.close_date as date) as close_date,
    cast({{ dbt.date_trunc('month', 'opportunities.close_date') }} as date) as closed_month,
    cast(opportunities.amount_original as decimal(18, 2)) as amount_original,
    opportunities.currency,
    cast(opportunities.exchange_rate as decimal(28, 12)) as exchange_rate,
    cast(opportunities.amount as decimal(18, 2)) as amount,
    originators.originator_team,
    originators.originator_user_id,
    originators.originator_record_id,
    originators.originator_person_id,
    deals.deal_mark,
    journeys.touch_mark,
    groups.person_mark
from opportunities
inner join deals
    on
        opportunities.source_system = deals.source_system
        and opportunities.opportunity_id = deals.opportunity_id
inner join originators
    on
        opportunities.source_system = originators.source_system
        and opportunities.opportunity_id = originators.opportunity_id
left join journeys
    on opportunities.opportunity_id = journeys.opportunity_id
left join groups
    on opportunities.opportunity_id = groups.opportunity_id
