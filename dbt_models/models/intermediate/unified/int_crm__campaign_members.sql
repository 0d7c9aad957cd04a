with

salesforce as (

    select
        source_system,
        'CampaignMember' as source_object,
        campaign_member_id,
        source_system as campaign_system,
        campaign_id,
        {{ record_key('salesforce', 'lead', 'lead_id') }} as lead_id,
        {{ record_key('salesforce', 'contact', 'contact_id') }} as contact_id,
        status,
        coalesce(has_responded, false) as has_responded,
        {{ date_or_moment('first_responded_at') }} as first_responded_at,
        {{ has_time('first_responded_at') }} as has_response_time,
        {{ record_key('salesforce', 'user', 'created_by_id') }} as created_by_id,
        created_at,
        is_deleted,
        source_file
    from {{ ref('stg_salesforce__campaign_member') }}

),

marketo_people as (

    select
        lead_id,
        survivor_id
    from {{ ref('int_marketo__merged_ids') }}

),

progressions as (

    {{ marketo_activities('change_status_in_progression', 104, ['new_status', 'is_success']) | indent(4) }}

),

-- A program's success is a response to it, once a person: further statuses that count as success are the same one.
successes as (

    select
        progressions.source_object,
        progressions.activity_id as campaign_member_id,
        progressions.asset_id as program_id,
        coalesce(people.survivor_id, progressions.lead_id) as lead_id,
        progressions.new_status as status,
        progressions.happened_at as first_responded_at,
        true as has_response_time,
        progressions.source_file
    from progressions
    left join marketo_people as people
        on progressions.lead_id = people.lead_id
    where progressions.is_success
    qualify
        row_number() over (
            partition by progressions.asset_id, coalesce(people.survivor_id, progressions.lead_id)
            order by progressions.happened_at asc, progressions.activity_id asc
        ) = 1

),

-- Where the change of status isn't delivered, the membership tells of its success.
memberships as (

    select
        'program_membership' as source_object,
        members.program_id || ':' || members.lead_id as campaign_member_id,
        members.program_id,
        coalesce(people.survivor_id, members.lead_id) as lead_id,
        members.status,
        coalesce(members.succeeded_at, members.joined_at, members.last_modified_at) as responded_at,
        members.source_file
    from {{ ref('stg_marketo__program_membership') }} as members
    left join marketo_people as people
        on members.lead_id = people.lead_id
    where members.is_success and not members.is_deleted

),

silent_memberships as (

    select memberships.*
    from memberships
    left join successes
        on
            memberships.program_id = successes.program_id
            and memberships.lead_id = successes.lead_id
    where successes.lead_id is null and memberships.responded_at is not null
    qualify
        row_number() over (
            partition by memberships.program_id, memberships.lead_id
            order by memberships.responded_at asc, memberships.campaign_member_id asc
        ) = 1

),

program_responses as (

    select * from successes

    union all

    select
        source_object,
        campaign_member_id,
        program_id,
        lead_id,
        status,
        {{ date_or_moment('responded_at') }} as first_responded_at,
        {{ has_time('responded_at') }} as has_response_time,
        source_file
    from silent_memberships

),

marketo as (

    select
        'marketo' as source_system,
        responses.source_object,
        responses.campaign_member_id,
        coalesce(programs.campaign_system, 'marketo') as campaign_system,
        coalesce(programs.campaign_id, responses.program_id) as campaign_id,
        {{ record_key('marketo', 'lead', 'responses.lead_id') }} as lead_id,
        cast(null as {{ dbt.type_string() }}) as contact_id,
        responses.status,
        true as has_responded,
        responses.first_responded_at,
        responses.has_response_time,
        cast(null as {{ dbt.type_string() }}) as created_by_id,
        responses.first_responded_at as created_at,
        false as is_deleted,
        responses.source_file
    from program_responses as responses
    left join {{ ref('int_marketo__programs') }} as programs
        on responses.program_id = programs.program_id

),

unioned as (

    select * from salesforce
    union all
    select * from marketo

)

select * from unioned
