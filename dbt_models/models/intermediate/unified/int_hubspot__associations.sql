with

deals as (

    select * from {{ ref('stg_hubspot__deals') }}

),

engagement_lists as (

    select
        engagement_id,
        contact_ids,
        company_ids,
        deal_ids
    from {{ ref('stg_hubspot__engagements') }}

    {% for kind in ['calls', 'meetings', 'emails', 'tasks', 'communications'] -%}
    union all

    select
        engagement_id,
        contact_ids,
        company_ids,
        deal_ids
    from {{ ref('stg_hubspot__engagement_' ~ kind) }}
    {% if not loop.last %}
    {% endif -%}
    {% endfor %}
),

-- HubSpot's numbers of what an object is, or its name.
named as (

    select
        {% for side in ['from', 'to'] -%}
        case
            when lower({{ side }}_type) in ('0-1', 'contact', 'contacts') then 'contact'
            when lower({{ side }}_type) in ('0-2', 'company', 'companies') then 'company'
            when lower({{ side }}_type) in ('0-3', 'deal', 'deals') then 'deal'
            when
                lower({{ side }}_type) in (
                    '0-48', '0-49', '0-47', '0-27', '0-18', 'engagement', 'engagements', 'call', 'calls', 'email',
                    'emails', 'meeting', 'meetings', 'task', 'tasks', 'communication', 'communications'
                )
                then 'engagement'
        end as {{ side }}_type,
        {{ side }}_id,
        {% endfor -%}
        type_id,
        category,
        label
    from {{ ref('stg_hubspot__associations') }}
    where not is_deleted

),

given as (

    {% for model, left, right in [
        ('deal_contacts', 'deal', 'contact'),
        ('deal_companies', 'deal', 'company'),
        ('contact_companies', 'contact', 'company'),
        ('engagement_contacts', 'engagement', 'contact'),
        ('engagement_companies', 'engagement', 'company'),
        ('engagement_deals', 'engagement', 'deal'),
    ] -%}
    select
        '{{ left }}' as from_type,
        {{ left }}_id as from_id,
        '{{ right }}' as to_type,
        {{ right }}_id as to_id,
        type_id,
        category,
        label
    from {{ ref('stg_hubspot__' ~ model) }}
    where not is_deleted

    union all

    {% endfor -%}
    select
        from_type,
        from_id,
        to_type,
        to_id,
        type_id,
        category,
        label
    from named

    union all

    -- Told from both sides, a pair is one.
    select
        to_type as from_type,
        to_id as from_id,
        from_type as to_type,
        from_id as to_id,
        type_id,
        category,
        label
    from named

    union all

    select
        'contact' as from_type,
        contact_id as from_id,
        'company' as to_type,
        company_id as to_id,
        '1' as type_id,
        null as category,
        null as label
    from {{ ref('stg_hubspot__contacts') }}
    where company_id is not null

    {% for source, left, right in [
        (ref('stg_hubspot__contacts'), 'contact', 'company'),
        ('deals', 'deal', 'contact'),
        ('deals', 'deal', 'company'),
        ('engagement_lists', 'engagement', 'contact'),
        ('engagement_lists', 'engagement', 'company'),
        ('engagement_lists', 'engagement', 'deal'),
    ] -%}
    union all

    select
        '{{ left }}' as from_type,
        {{ left }}_id as from_id,
        '{{ right }}' as to_type,
        {{ listed_ids(right ~ '_ids') }} as to_id,
        null as type_id,
        null as category,
        null as label
    from {{ source }}
    where {{ right }}_ids is not null
    {% if not loop.last %}
    {% endif -%}
    {% endfor %}
),

resolved as (

    select
        given.from_type,
        coalesce(from_merged.survivor_id, given.from_id) as from_id,
        given.to_type,
        coalesce(to_merged.survivor_id, given.to_id) as to_id,
        -- The primary company of a contact, and of a deal.
        coalesce(given.type_id in ('1', '2', '5', '6'), false) as is_primary,
        case
            when upper(given.category) = 'USER_DEFINED' then coalesce(given.label, given.type_id)
        end as role
    from given
    left join {{ ref('int_hubspot__merged_ids') }} as from_merged
        on
            given.from_type = from_merged.record_type
            and given.from_id = from_merged.record_id
    left join {{ ref('int_hubspot__merged_ids') }} as to_merged
        on
            given.to_type = to_merged.record_type
            and given.to_id = to_merged.record_id
    where
        (given.from_type = 'engagement' and given.to_type in ('contact', 'company', 'deal'))
        or (given.from_type = 'deal' and given.to_type in ('contact', 'company'))
        or (given.from_type = 'contact' and given.to_type = 'company')

)

select
    from_type,
    from_id,
    to_type,
    to_id,
    max(case when is_primary then 1 else 0 end) = 1 as is_primary,
    min(role) as role
from resolved
where from_id is not null and to_id is not null
group by from_type, from_id, to_type, to_id
