with

targets as (

    select
        target_id,
        sealed_number
    from {{ ref('int_sealing__targets') }}
    where sealed_number is not null

),

-- What held when the period was sealed; of a target that wasn't judged then, its first verdict afterwards.
held as (

    select
        targets.sealed_number,
        kept.*,
        greatest(kept.valid_from, targets.sealed_number) as told_by_number
    from targets
    inner join {{ ref('stg_audit__kept_target_results') }} as kept
        on
            targets.target_id = kept.target_id
            and (kept.valid_to is null or targets.sealed_number < kept.valid_to)
    inner join {{ ref('int_sealing__publications') }} as publications
        on kept.valid_from = publications.publication_number
    qualify row_number() over (partition by kept.target_id order by kept.valid_from) = 1

)

select
    held.target_id,
    held.target,
    held.bonus_amount,
    held.delivered,
    held.verified,
    held.evidence_units,
    held.verdict,
    held.evidence,
    named.publication_id as sealed_publication_id
from held
inner join {{ ref('stg_audit__kept_publications') }} as named
    on held.told_by_number = named.publication_number
