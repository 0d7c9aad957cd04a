with

observed as (

    select
        anonymous_id,
        user_id as key,
        {{ possible_moment('identified_at') }} as seen_at
    from {{ ref('int_web__identifies') }}

    union all

    select
        anonymous_id,
        email as key,
        {{ possible_moment('identified_at') }} as seen_at
    from {{ ref('int_web__identifies') }}

    union all

    select
        anonymous_id,
        user_id as key,
        {{ possible_moment('viewed_at') }} as seen_at
    from {{ ref('int_web__page_views') }}

    union all

    select
        anonymous_id,
        user_id as key,
        {{ possible_moment('occurred_at') }} as seen_at
    from {{ ref('int_web__events') }}

),

days as (

    select distinct
        case when key like '%@%' then lower(trim(key)) else key end as key,
        anonymous_id,
        cast(seen_at as date) as seen_on
    from observed
    where key is not null and anonymous_id is not null

),

counted as (

    select
        key,
        seen_on,
        count(distinct anonymous_id) as browsers
    from days
    group by key, seen_on

),

totals as (

    select
        key,
        count(distinct anonymous_id) as browsers
    from days
    group by key

)

select
    totals.key,
    totals.browsers,
    max(counted.browsers) as browsers_of_a_day
from totals
inner join counted
    on totals.key = counted.key
group by totals.key, totals.browsers
