{#-
  Why a key may not join the people it points at: `contradictions_of(reach)` is a select of (key_id, key_type, reason,
  people), one row per key in `reach`, a relation of distinct (key_id, key_type, person_id); reason is null where it may.
  Too many people come first: a shared machine is one whatever else its people say.
-#}
{% macro contradictions_of(reach) -%}
    select
        reach.key_id,
        reach.key_type,
        case
            when count(distinct reach.person_id) > max(run_context.anonymous_id_max_people) then 'too_many_people'
            when count(distinct claims.company_key) > 1 then 'contacts_of_two_accounts'
            when
                max(case when claims.is_staff then 1 else 0 end) = 1
                and max(case when claims.is_prospect then 1 else 0 end) = 1
                then 'staff_and_prospect'
            when count(distinct case when claims.has_work_address then reach.person_id end) > 1 then 'two_work_addresses'
        end as reason,
        count(distinct reach.person_id) as people
    from {{ reach }} as reach
    cross join run_context
    left join {{ ref('int_identity__component_claims') }} as claims
        on reach.person_id = claims.component_id
    group by reach.key_id, reach.key_type
{%- endmacro %}
