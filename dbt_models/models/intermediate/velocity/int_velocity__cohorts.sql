with

-- Medians can't be had from the pairs' medians, so each month is counted twice: by pair and as a whole.
levels as (

    select false as is_total
    union all
    select true as is_total

),

keyed_pairs as (

    select
        pairs.person_id,
        pairs.occurrence,
        levels.is_total,
        case when not levels.is_total then pairs.marketer_user_id end as marketer_user_id,
        case when not levels.is_total then pairs.seller_user_id end as seller_user_id
    from {{ ref('int_velocity__pairs') }} as pairs
    cross join levels

),

entries as (

    select
        responses.*,
        keyed_pairs.is_total,
        keyed_pairs.marketer_user_id,
        keyed_pairs.seller_user_id
    from {{ ref('int_velocity__responses') }} as responses
    inner join keyed_pairs
        on
            responses.person_id = keyed_pairs.person_id
            and responses.occurrence = keyed_pairs.occurrence

),

deals as (

    select
        opportunities.*,
        coalesce(opportunities.opportunity_type = 'new_business', false) as is_new_business,
        keyed_pairs.is_total,
        keyed_pairs.marketer_user_id,
        keyed_pairs.seller_user_id
    from {{ ref('int_velocity__opportunities') }} as opportunities
    inner join keyed_pairs
        on
            opportunities.person_id = keyed_pairs.person_id
            and opportunities.occurrence = keyed_pairs.occurrence

),

counted_entries as (

    select
        cohort_month,
        marketer_user_id,
        seller_user_id,
        is_total,
        count(*) as mqls,
        sum(case when occurrence = 1 then 1 else 0 end) as people,
        sum(case when outcome = 'accepted' then 1 else 0 end) as accepted,
        sum(case when outcome = 'rejected' then 1 else 0 end) as rejected,
        sum(case when outcome = 'no_response' then 1 else 0 end) as no_response,
        sum(case when outcome = 'returned' then 1 else 0 end) as returned,
        sum(case when outcome = 'answered' then 1 else 0 end) as answered,
        sum(case when outcome = 'pending' then 1 else 0 end) as pending,
        count(responded_at) as responses,
        sum(case when is_late then 1 else 0 end) as late_responses,
        {{ median_of_hundredths('hours_to_response') }} as median_hours_to_response,
        sum(hours_to_response) as hours_to_response_sum,
        count(hours_to_response) as hours_to_response_count,
        sum(case when reached_sql then 1 else 0 end) as sqls
    from entries
    group by cohort_month, marketer_user_id, seller_user_id, is_total

),

counted_deals as (

    select
        cohort_month,
        marketer_user_id,
        seller_user_id,
        is_total,
        count(case when is_new_business then 1 end) as opportunities,
        count(case when is_new_business and outcome = 'won' then 1 end) as won,
        count(case when is_new_business and outcome = 'lost' then 1 end) as lost,
        sum(case when is_new_business and outcome = 'won' then amount else 0 end) as won_amount,
        median(case when is_new_business and outcome = 'won' then cycle_days end) as median_cycle_days,
        median(case when is_new_business and outcome = 'won' then days_mql_to_close end) as median_days_mql_to_won,
        sum(case when is_new_business and outcome = 'won' then cycle_days end) as cycle_days_sum,
        count(case when is_new_business and outcome = 'won' then cycle_days end) as cycle_days_count,
        sum(case when is_new_business and outcome = 'won' then days_mql_to_close end) as days_mql_to_won_sum,
        count(case when is_new_business and outcome = 'won' then days_mql_to_close end) as days_mql_to_won_count,
        count(case when not is_new_business then 1 end) as other_opportunities,
        count(case when not is_new_business and outcome = 'won' then 1 end) as other_won,
        sum(case when not is_new_business and outcome = 'won' then amount else 0 end) as other_won_amount
    from deals
    group by cohort_month, marketer_user_id, seller_user_id, is_total

),

-- Nine of ten opportunities that are won have been won so many days after the MQL.
ripening as (

    select {{ ninth_decile('days_mql_to_close') }} as days_to_ripen
    from {{ ref('int_velocity__opportunities') }}
    where
        outcome = 'won'
        and opportunity_type = 'new_business'

),

joined as (

    select
        counted_entries.*,
        {{ is_ripe('counted_entries.cohort_month', 'ripening.days_to_ripen') }} as is_ripe,
        coalesce(counted_deals.opportunities, 0) as opportunities,
        coalesce(counted_deals.won, 0) as won,
        coalesce(counted_deals.lost, 0) as lost,
        cast(coalesce(counted_deals.won_amount, 0) as decimal(18, 2)) as won_amount,
        counted_deals.median_cycle_days,
        counted_deals.median_days_mql_to_won,
        coalesce(counted_deals.cycle_days_sum, 0) as cycle_days_sum,
        coalesce(counted_deals.cycle_days_count, 0) as cycle_days_count,
        coalesce(counted_deals.days_mql_to_won_sum, 0) as days_mql_to_won_sum,
        coalesce(counted_deals.days_mql_to_won_count, 0) as days_mql_to_won_count,
        coalesce(counted_deals.other_opportunities, 0) as other_opportunities,
        coalesce(counted_deals.other_won, 0) as other_won,
        cast(coalesce(counted_deals.other_won_amount, 0) as decimal(18, 2)) as other_won_amount
    from counted_entries
    cross join ripening
    left join counted_deals
        on
            counted_entries.cohort_month = counted_deals.cohort_month
            and counted_entries.is_total = counted_deals.is_total
            and counted_entries.marketer_user_id is not distinct from counted_deals.marketer_user_id
            and counted_entries.seller_user_id is not distinct from counted_deals.seller_user_id

)

select
    cohort_month,
    is_ripe,
    is_total,
    marketer_user_id,
    seller_user_id,
    cast(people as bigint) as people,
    cast(mqls as bigint) as mqls,
    cast(accepted as bigint) as accepted,
    cast(rejected as bigint) as rejected,
    cast(no_response as bigint) as no_response,
    cast(returned as bigint) as returned,
    cast(answered as bigint) as answered,
    cast(pending as bigint) as pending,
    cast(accepted * 1.0 / nullif(accepted + rejected + no_response, 0) as decimal(9, 6)) as acceptance_rate,
    cast(responses as bigint) as responses,
    cast(late_responses as bigint) as late_responses,
    cast(median_hours_to_response as decimal(18, 2)) as median_hours_to_response,
    cast(coalesce(hours_to_response_sum, 0) as decimal(18, 2)) as hours_to_response_sum,
    cast(hours_to_response_count as bigint) as hours_to_response_count,
    cast(sqls as bigint) as sqls,
    cast(opportunities as bigint) as opportunities,
    cast(won as bigint) as won,
    cast(lost as bigint) as lost,
    cast(won * 1.0 / nullif(won + lost, 0) as decimal(9, 6)) as win_rate,
    won_amount,
    {{ cents_to_amount(
        'case when won > 0 then ' ~ divide_half_up(whole_units('won_amount', 2), 'won') ~ ' end'
    ) }} as avg_deal_size,
    cast(median_cycle_days as decimal(9, 1)) as median_cycle_days,
    cast(median_days_mql_to_won as decimal(9, 1)) as median_days_mql_to_won,
    cast(cycle_days_sum as bigint) as cycle_days_sum,
    cast(cycle_days_count as bigint) as cycle_days_count,
    cast(days_mql_to_won_sum as bigint) as days_mql_to_won_sum,
    cast(days_mql_to_won_count as bigint) as days_mql_to_won_count,
    -- Opportunities × win rate × average won amount ÷ cycle, in whole cents: won opportunities cancel out of rate and
    -- average. A cycle of no days, or none, has no velocity.
    {{ cents_to_amount(
        'case when median_cycle_days > 0 then '
        ~ divide_half_up(
            whole_units('won_amount', 2) ~ ' * opportunities * 2',
            '((won + lost) * cast(median_cycle_days * 2 as bigint))'
        ) ~ ' end'
    ) }} as velocity_per_day,
    cast(other_opportunities as bigint) as other_opportunities,
    cast(other_won as bigint) as other_won,
    other_won_amount
from joined
