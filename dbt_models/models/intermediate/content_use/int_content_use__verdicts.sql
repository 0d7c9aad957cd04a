{#-
  How sure a verdict has to be: 2.33 standard deviations, one chance in a hundred on either side. Lower calls assets out
  by luck, of sixty assets more than one; higher needs more opportunities than most companies win in a year.
-#}
{%- set sure = 2.33 %}
{#- Fewer than five independent successes may be luck, however few were expected. -#}
{%- set enough_clumps = 5 %}
{#- Less the best and the worst of them, three are left: fewer are no measure of what is usual. -#}
{%- set enough_peers = 5 %}
with

run_context as (

    select as_of from {{ ref('stg_reference__run_context') }}

),

-- Opportunities come in clumps: a touch that started a customer earns credit in each of its opportunities.
clumps as (

    select
        touch_credit.asset_id,
        touch_credit.model,
        sum(touch_credit.won_deals) as won_deals
    from {{ ref('int_content_use__touch_credit') }} as touch_credit
    inner join {{ ref('int_touchpoints__touches') }} as touches
        on touch_credit.touch_key = touches.touch_key
    group by
        touch_credit.asset_id,
        touch_credit.model,
        coalesce(touches.account_id, touches.touchpoint_id)

),

squares as (

    select
        asset_id,
        model,
        sum(won_deals * won_deals) as won_deals_squared
    from clumps
    group by asset_id, model

),

results as (

    select
        results.member as asset_id,
        results.model,
        results.people,
        results.won_deals,
        coalesce(squares.won_deals_squared, 0) as won_deals_squared,
        assets.asset_type,
        coalesce(assets.status = 'in_development', false) and results.people = 0 as is_not_published,
        {{ dbt.datediff('coalesce(assets.published_at, results.first_used_at)', 'run_context.as_of', 'day') }}
            as age_days
    from {{ ref('int_content_use__results') }} as results
    cross join run_context
    left join {{ ref('int_content__assets') }} as assets
        on results.member = assets.asset_id
    left join squares
        on
            results.member = squares.asset_id
            and results.model = squares.model
    where results.breakdown = 'asset'

),

-- A young asset had no time to win opportunities: it is only compared with others as young.
aged as (

    select
        *,
        case
            when age_days is null then 'unknown'
            when age_days < 90 then 'under 90 days'
            when age_days < 365 then '90 days to a year'
            else 'over a year'
        end as age_band
    from results

),

ranked as (

    select
        *,
        people > 0 as is_used,
        row_number() over (
            partition by model, asset_type, age_band
            order by people = 0 asc, cast(won_deals as double) / nullif(people, 0) desc, asset_id asc
        ) as place,
        count(case when people > 0 then 1 end) over (partition by model, asset_type, age_band) as last_place
    from aged

),

-- The best and the worst of the others are left out: one asset that wins everything would make all others look bad, one
-- that crowds read for nothing would make all others look good.
compared as (

    select
        *,
        {%- for measure in ['people', 'won_deals'] %}
        (sum(case when is_used then {{ measure }} else 0 end) over peers)
        - case when is_used then {{ measure }} else 0 end
        - case
            when place = 1 then max(case when place = 2 then {{ measure }} end) over peers
            else max(case when place = 1 then {{ measure }} end) over peers
        end
        - case
            when place = last_place then max(case when place = last_place - 1 then {{ measure }} end) over peers
            else max(case when place = last_place then {{ measure }} end) over peers
        end as peer_{{ measure }},
        {%- endfor %}
        last_place - case when is_used then 1 else 0 end as peers,
        cast(sum(won_deals_squared) over peers as double) / nullif(sum(won_deals) over peers, 0) as clump_size
    from ranked
    window peers as (partition by model, asset_type, age_band)

),

-- What the asset would have won had its people bought as often as those of its peers.
expected as (

    select
        *,
        case
            when peers >= {{ enough_peers }} and peer_people > 0
                then cast(cast(people as double) * peer_won_deals / peer_people as decimal(18, 6))
        end as expected_won_deals
    from compared

),

-- A count's variance is its expectation, in clumps as many times as large as the clumps; that of the peers' own count
-- comes on top.
spreads as (

    select
        *,
        case
            when expected_won_deals > 0 and peer_won_deals > 0
                then sqrt(
                    clump_size * (expected_won_deals + expected_won_deals * expected_won_deals / peer_won_deals)
                )
        end as spread
    from expected

),

scored as (

    select
        *,
        cast((won_deals - expected_won_deals) / spread as decimal(18, 2)) as deviation,
        -- What no opportunity at all would have shown.
        cast(-expected_won_deals / spread as decimal(18, 2)) as lowest_deviation
    from spreads

)

select
    asset_id,
    model,
    age_band,
    peers,
    expected_won_deals,
    deviation,
    case
        when is_not_published then 'not_published'
        when people = 0 then 'never_used'
        when deviation >= {{ sure }} and won_deals >= {{ enough_clumps }} * clump_size then 'high_performer'
        when deviation <= -{{ sure }} then 'low_performer'
        when lowest_deviation <= -{{ sure }} then 'average'
        else 'too_little_data'
    end as verdict
from scored
