with

current_results as (

    select * from {{ ref('int_trust__judged_targets') }}

),

-- Where the period is sealed, what was published then; today's figures stand beside it.
results as (

    select
        current_results.target_id,
        current_results.metric,
        current_results.period_start,
        current_results.period_end,
        current_results.owner,
        current_results.owner_user_id,
        {%- for column in [
            'target', 'bonus_amount', 'delivered', 'verified', 'evidence_units', 'verdict', 'evidence',
        ] %}
        case
            when sealed.target_id is null then current_results.{{ column }}
            else sealed.{{ column }}
        end as {{ column }},
        {%- endfor %}
        sealed.target_id is not null as is_sealed,
        sealed.sealed_publication_id,
        current_results.delivered as current_delivered,
        current_results.verified as current_verified,
        current_results.evidence_units as current_evidence_units,
        current_results.verdict as current_verdict,
        planned.target_now,
        planned.bonus_amount_now,
        planned.plan_status,
        planned.first_published_as_of
    from current_results
    inner join {{ ref('int_sealing__targets') }} as planned
        on current_results.target_id = planned.target_id
    left join {{ ref('int_sealing__target_results') }} as sealed
        on current_results.target_id = sealed.target_id

)

select
    target_id,
    metric,
    period_start,
    period_end,
    owner,
    owner_user_id,
    cast(target as decimal(18, 2)) as target,
    cast(delivered as decimal(18, 2)) as delivered,
    cast(verified as decimal(18, 2)) as verified,
    cast(delivered - verified as decimal(18, 2)) as gap,
    cast(evidence_units as bigint) as evidence_units,
    bonus_amount,
    case
        when verdict = 'inflated' then coalesce(bonus_amount, cast(0 as decimal(18, 2)))
        else cast(0 as decimal(18, 2))
    end as bonus_at_stake,
    verdict,
    evidence,
    is_sealed,
    sealed_publication_id,
    cast(current_delivered as decimal(18, 2)) as current_delivered,
    cast(current_verified as decimal(18, 2)) as current_verified,
    cast(current_evidence_units as bigint) as current_evidence_units,
    current_verdict,
    cast(target_now as decimal(18, 2)) as target_now,
    bonus_amount_now,
    plan_status,
    first_published_as_of
from results
