{%- set hubspot_stages = [
    'subscriber', 'lead', 'marketingqualifiedlead', 'salesqualifiedlead', 'opportunity', 'customer'
] %}

with

contacts as (

    select * from {{ ref('int_hubspot__contacts') }}

),

changes as (

    select * from {{ ref('int_hubspot__property_changes') }}
    where record_type = 'contact' and property in ('lifecyclestage', 'hs_lead_status')

),

-- What the contact itself says of its stages: the last entry of each, without who made it. Stages of the account's own
-- have columns that are named by their number.
named_dates as (

    select
        contact_id,
        {{ json_elements('stage_dates') }} as element
    from {{ ref('stg_hubspot__contacts') }}
    where stage_dates is not null

),

told_dates as (

    {% for stage in hubspot_stages -%}
    select
        contact_id,
        '{{ stage }}' as stage,
        became_{{ stage }}_at as changed_at,
        1 as told_rank
    from {{ ref('stg_hubspot__contacts') }}
    where became_{{ stage }}_at is not null

    union all

    {% endfor -%}
    select
        contact_id,
        {{ stage_word(json_field('element', 'name')) }} as stage,
        {{ property_moment(json_field('element', 'value')) }} as changed_at,
        2 as told_rank
    from named_dates

),

stage_dates as (

    select
        contact_id,
        stage,
        case stage
            {% for stage in hubspot_stages -%}
            when '{{ stage }}' then {{ loop.index }}
            {% endfor -%}
            else 50
        end as stage_number,
        changed_at
    from told_dates
    where changed_at is not null and stage <> 'currentstage'
    qualify row_number() over (partition by contact_id, stage order by told_rank asc, changed_at desc) = 1

),

last_changes as (

    select
        record_id as contact_id,
        property,
        new_value,
        changed_at
    from changes
    qualify row_number() over (partition by record_id, property order by changed_at desc, value_number desc) = 1

),

-- Without history the dates of the stages are all that is known. Beside a history that lacks the value that the contact
-- has now, they or the contact's latest change date it, unless the contact was exported before the history.
dated as (

    select
        contacts.contact_id,
        stage_dates.stage as value,
        stage_dates.changed_at,
        stage_dates.stage_number
    from contacts
    inner join stage_dates
        on contacts.contact_id = stage_dates.contact_id
    left join last_changes
        on
            contacts.contact_id = last_changes.contact_id
            and last_changes.property = 'lifecyclestage'
    where contacts.contact_survivor_key is null and last_changes.contact_id is null

    union all

    select
        contacts.contact_id,
        contacts.lifecycle_stage as value,
        case
            when stage_dates.changed_at > last_changes.changed_at then stage_dates.changed_at
            else contacts.last_modified_at
        end as changed_at,
        100 as stage_number
    from contacts
    inner join last_changes
        on
            contacts.contact_id = last_changes.contact_id
            and last_changes.property = 'lifecyclestage'
    left join stage_dates
        on
            contacts.contact_id = stage_dates.contact_id
            and {{ stage_word('contacts.lifecycle_stage') }} = stage_dates.stage
    where
        contacts.lifecycle_stage is not null
        and lower(trim(contacts.lifecycle_stage)) is distinct from lower(trim(last_changes.new_value))
        and (
            stage_dates.changed_at > last_changes.changed_at
            or contacts.last_modified_at > last_changes.changed_at
        )

),

with_previous as (

    select
        contact_id,
        value,
        changed_at,
        stage_number,
        lag(value) over (
            partition by contact_id
            order by changed_at asc, stage_number asc, value asc
        ) as old_value
    from dated

),

unioned as (

    select
        record_id as contact_id,
        property,
        history_id,
        old_value,
        new_value,
        changed_by_id,
        changed_at
    from changes

    union all

    select
        contact_id,
        'lifecyclestage' as property,
        'hubspot:stage:' || contact_id || ':'
        || case when stage_number = 50 then value else cast(stage_number as {{ dbt.type_string() }}) end as history_id,
        old_value,
        value as new_value,
        cast(null as {{ dbt.type_string() }}) as changed_by_id,
        changed_at
    from with_previous

),

stages as (

    select
        lower(trim(status)) as status,
        min(stage) as stage
    from {{ ref('stg_reference__lifecycle_statuses') }}
    where source_system = 'hubspot'
    group by lower(trim(status))

)

-- Two properties tell of one life. A lead status that is set for the first time and means no more than that nobody has
-- worked the contact would take back the stage that it has reached; taken up again, it says so.
select
    unioned.contact_id,
    unioned.history_id,
    unioned.old_value,
    unioned.new_value,
    unioned.changed_by_id,
    unioned.changed_at
from unioned
left join stages
    on lower(trim(unioned.new_value)) = stages.status
where
    unioned.new_value is not null
    and not (
        unioned.property = 'hs_lead_status'
        and unioned.old_value is null
        and coalesce(stages.stage, '') = 'inquiry'
    )
