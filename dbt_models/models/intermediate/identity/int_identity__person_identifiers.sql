with

identifiers as (

    select * from {{ ref('int_identity__identifiers') }}

),

web_components as (

    select * from {{ ref('int_identity__web_components') }}

),

-- A link whose ends are one person was believed, or says what others say.
usable_edges as (

    select edges.*
    from {{ ref('int_identity__edges') }} as edges
    inner join web_components as left_ends
        on edges.left_id = left_ends.identifier_id
    inner join web_components as right_ends
        on
            edges.right_id = right_ends.identifier_id
            and left_ends.component_id = right_ends.component_id

),

-- The strongest link that an identifier has.
edge_ends as (

    select
        left_id as identifier_id,
        matched_by
    from usable_edges

    union all

    select
        right_id as identifier_id,
        matched_by
    from usable_edges

),

matches as (

    select
        identifier_id,
        min(
            case matched_by
                when 'conversion' then 1
                when 'merge' then 2
                when 'same_email' then 3
                when 'former_email' then 4
                else 5
            end
        ) as match_rank
    from edge_ends
    group by identifier_id

),

refused_user_ids as (

    select identifier as user_id
    from {{ ref('int_identity__refused_keys') }}
    where key_type = 'user_id'

),

-- A refused address or user id is nobody's identifier; a refused cookie is still a visitor.
persons as (

    select
        identifiers.*,
        web_components.component_id
    from identifiers
    inner join web_components
        on identifiers.identifier_id = web_components.identifier_id
    left join {{ ref('int_identity__email_components') }} as email_components
        on identifiers.identifier_id = email_components.identifier_id
    left join refused_user_ids
        on case when identifiers.identifier_type = 'user_id' then identifiers.identifier end = refused_user_ids.user_id
    where email_components.refusal_reason is null and refused_user_ids.user_id is null

)

select
    'per_' || md5(names.identifier_type || '|' || names.identifier) as person_id,
    persons.identifier_type,
    persons.identifier,
    case matches.match_rank
        when 1 then 'conversion'
        when 2 then 'merge'
        when 3 then 'same_email'
        when 4 then 'former_email'
        when 5 then 'identify'
        else 'self'
    end as matched_by,
    persons.first_seen_at,
    persons.identifier_id
from persons
inner join identifiers as names
    on persons.component_id = names.identifier_id
left join matches
    on persons.identifier_id = matches.identifier_id
