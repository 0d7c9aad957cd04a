with

links as (

    select * from {{ ref('int_identity__links') }}

),

identifiers as (

    select * from {{ ref('int_identity__identifiers') }}

)

-- A link to a refused e-mail address falls away here: the address is no identifier.
select
    left_ends.identifier_id as left_id,
    right_ends.identifier_id as right_id,
    links.matched_by,
    left_ends.is_weak as is_left_weak,
    right_ends.is_weak as is_right_weak
from links
inner join identifiers as left_ends
    on
        links.left_type = left_ends.identifier_type
        and links.left_identifier = left_ends.identifier
inner join identifiers as right_ends
    on
        links.right_type = right_ends.identifier_type
        and links.right_identifier = right_ends.identifier
