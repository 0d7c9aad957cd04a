-- Fails if an originator that was once established was replaced by a person created later, or by nobody.
select
    opportunity_id,
    changed_at,
    cause,
    previous_record_id,
    new_record_id
from {{ ref('int_identity__originator_changes') }}
where
    new_created_at > previous_created_at
    or (previous_record_id is not null and new_record_id is null)
