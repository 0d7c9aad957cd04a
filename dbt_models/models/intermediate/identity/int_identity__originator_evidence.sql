with

opportunities as (

    select
        opportunities.*,
        coalesce(survivors.live_account_id, opportunities.account_id) as live_account_id,
        {{ latest_creation('opportunities.created_at') }} as created_until
    from {{ ref('int_revenue__opportunities') }} as opportunities
    left join {{ ref('int_accounts__survivors') }} as survivors
        on
            opportunities.source_system = survivors.source_system
            and opportunities.account_id = survivors.account_id

),

deal_conversions as (

    select
        source_system,
        lead_id,
        opportunity_id
    from {{ ref('int_identity__deal_conversions') }}
    where refusal_reason is null

),

contact_roles as (

    select
        source_system,
        opportunity_id,
        contact_id
    from {{ ref('int_crm__opportunity_contact_roles') }}
    where not is_deleted

    union

    select
        source_system,
        opportunity_id,
        primary_contact_id as contact_id
    from opportunities
    where primary_contact_id is not null

),

person_identifiers as (

    select * from {{ ref('int_identity__person_identifiers') }}

),

person_originators as (

    select * from {{ ref('int_identity__person_originators') }}

),

placements as (

    select
        person_id,
        account_id,
        min(placed_at) as placed_at
    from {{ ref('int_identity__placements') }}
    group by person_id, account_id

),

ranked_placements as (

    select
        *,
        rank() over (partition by person_id order by placed_at asc nulls last) = 1 as is_first_account
    from placements

),

-- The first account that is known of a person counts from the person's own creation: the form was filled by someone of
-- that company, even if a contact said so only later. Any further account counts from the record that says so, so that
-- a move to another company doesn't rewrite whom that company's older opportunities came from.
affiliations as (

    select
        placements.person_id,
        placements.account_id,
        case when placements.is_first_account then persons.created_at else placements.placed_at end as affiliated_from
    from ranked_placements as placements
    inner join {{ ref('int_identity__persons') }} as persons
        on placements.person_id = persons.person_id
    where persons.created_at is not null

),

user_teams as (

    select * from {{ ref('int_identity__user_teams') }}

),

-- Deleted and merged-away leads are evidence like any other.
converted_leads as (

    select
        opportunities.opportunity_id,
        1 as path_rank,
        min(person_originators.creation_rank) as creation_rank
    from opportunities
    inner join deal_conversions
        on
            opportunities.source_system = deal_conversions.source_system
            and opportunities.opportunity_id = deal_conversions.opportunity_id
    inner join person_identifiers
        on
            deal_conversions.source_system || '_lead' = person_identifiers.identifier_type
            and deal_conversions.lead_id = person_identifiers.identifier
    inner join person_originators
        on person_identifiers.person_id = person_originators.person_id
    group by opportunities.opportunity_id

),

contact_role_people as (

    select
        opportunities.opportunity_id,
        2 as path_rank,
        min(person_originators.creation_rank) as creation_rank
    from opportunities
    inner join contact_roles
        on
            opportunities.source_system = contact_roles.source_system
            and opportunities.opportunity_id = contact_roles.opportunity_id
    inner join person_identifiers
        on
            contact_roles.source_system || '_contact' = person_identifiers.identifier_type
            and contact_roles.contact_id = person_identifiers.identifier
    inner join person_originators
        on person_identifiers.person_id = person_originators.person_id
    group by opportunities.opportunity_id

),

-- Of an opportunity and a person of which one has only a day, the person came first: opportunities are made with
-- people.
account_people as (

    select
        opportunities.opportunity_id,
        3 as path_rank,
        min(person_originators.creation_rank) as creation_rank
    from opportunities
    inner join affiliations
        on
            opportunities.live_account_id = affiliations.account_id
            and opportunities.created_until > affiliations.affiliated_from
    inner join person_originators
        on
            affiliations.person_id = person_originators.person_id
            and opportunities.created_until > person_originators.originator_created_at
    group by opportunities.opportunity_id

),

paths as (

    select * from converted_leads
    union all
    select * from contact_role_people
    union all
    select * from account_people

),

best_paths as (

    select * from paths
    qualify row_number() over (partition by opportunity_id order by path_rank asc) = 1

),

won_deals as (

    select
        opportunities.opportunity_id,
        opportunities.live_account_id,
        opportunities.opportunity_type,
        opportunities.created_at,
        opportunities.closed_at,
        opportunities.created_by_id,
        user_teams.team as created_by_team,
        best_paths.creation_rank
    from opportunities
    left join best_paths
        on opportunities.opportunity_id = best_paths.opportunity_id
    left join user_teams
        on
            opportunities.source_system = user_teams.source_system
            and opportunities.created_by_id = user_teams.user_id
    where opportunities.outcome = 'won'

),

-- The first opportunity gives its own originator, so a first opportunity that the CRM calls a renewal needs no chain to
-- follow. Of two that were won at the same timestamp, the one whose person came first gives; ids decide only between
-- equals. Of a day that may hold both creations, new business comes before what it is renewed or expanded by.
first_won_deals as (

    select
        opportunities.opportunity_id,
        won_deals.opportunity_id as first_opportunity_id
    from opportunities
    inner join won_deals
        on
            opportunities.live_account_id = won_deals.live_account_id
            and opportunities.opportunity_id <> won_deals.opportunity_id
            and (
                opportunities.created_at > won_deals.created_at
                or opportunities.created_at > won_deals.closed_at
                or (
                    won_deals.opportunity_type = 'new_business'
                    and opportunities.created_until > won_deals.created_at
                )
            )
    where opportunities.opportunity_type in ('renewal', 'expansion', 'upsell')
    qualify
        row_number() over (
            partition by opportunities.opportunity_id
            order by
                won_deals.closed_at asc,
                won_deals.created_at asc,
                won_deals.creation_rank asc nulls last,
                won_deals.created_by_team asc nulls last,
                won_deals.created_by_id asc nulls last,
                won_deals.opportunity_id asc
        ) = 1

)

select
    opportunities.opportunity_id,
    opportunities.source_system,
    opportunities.created_at,
    person_originators.person_id as originator_person_id,
    person_originators.identifier_type as originator_identifier_type,
    person_originators.record_id as originator_record_id,
    case best_paths.path_rank
        when 1 then 'converted_lead'
        when 2 then 'contact_role'
        when 3 then 'account'
        else 'created_by'
    end as originator_matched_by,
    opportunities.created_by_id as created_by_user_id,
    coalesce(user_teams.team, 'unmapped') as created_by_team,
    first_won_deals.first_opportunity_id as inherited_from_opportunity_id
from opportunities
left join best_paths
    on opportunities.opportunity_id = best_paths.opportunity_id
left join person_originators
    on best_paths.creation_rank = person_originators.creation_rank
left join first_won_deals
    on opportunities.opportunity_id = first_won_deals.opportunity_id
left join user_teams
    on
        opportunities.source_system = user_teams.source_system
        and opportunities.created_by_id = user_teams.user_id
