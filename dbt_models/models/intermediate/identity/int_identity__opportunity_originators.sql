with

opportunities as (

    select
        opportunities.*,
        coalesce(survivors.live_account_id, opportunities.account_id) as live_account_id
    from {{ ref('int_revenue__opportunities') }} as opportunities
    left join {{ ref('int_identity__account_survivors') }} as survivors
        on
            opportunities.source_system = survivors.source_system
            and opportunities.account_id = survivors.account_id

),

leads as (

    select * from {{ ref('int_crm__leads') }}

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

affiliations as (

    select * from {{ ref('int_identity__affiliations') }}

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
    inner join leads
        on
            opportunities.source_system = leads.source_system
            and opportunities.opportunity_id = leads.converted_opportunity_id
    inner join person_identifiers
        on
            leads.source_system || '_lead' = person_identifiers.identifier_type
            and leads.lead_id = person_identifiers.identifier
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

account_people as (

    select
        opportunities.opportunity_id,
        3 as path_rank,
        min(person_originators.creation_rank) as creation_rank
    from opportunities
    inner join affiliations
        on
            opportunities.live_account_id = affiliations.account_id
            and opportunities.created_at > affiliations.affiliated_from
    inner join person_originators
        on
            affiliations.person_id = person_originators.person_id
            and opportunities.created_at > person_originators.originator_created_at
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

-- The originator that a deal has by itself, before any inheritance.
own_originators as (

    select
        opportunities.opportunity_id,
        person_originators.person_id as originator_person_id,
        case
            when best_paths.opportunity_id is not null then person_originators.originator_team
            else coalesce(user_teams.team, 'unmapped')
        end as originator_team,
        case
            when best_paths.opportunity_id is not null then person_originators.originator_user_id
            else opportunities.created_by_id
        end as originator_user_id,
        person_originators.originator_source,
        person_originators.originator_created_at,
        case best_paths.path_rank
            when 1 then 'converted_lead'
            when 2 then 'contact_role'
            when 3 then 'account'
            else 'created_by'
        end as originator_matched_by
    from opportunities
    left join best_paths
        on opportunities.opportunity_id = best_paths.opportunity_id
    left join person_originators
        on best_paths.creation_rank = person_originators.creation_rank
    left join user_teams
        on
            opportunities.source_system = user_teams.source_system
            and opportunities.created_by_id = user_teams.user_id

),

won_deals as (

    select
        opportunity_id,
        live_account_id,
        created_at,
        closed_at
    from opportunities
    where outcome = 'won'

),

-- The first deal gives its own originator, so a first deal that the CRM calls a renewal needs no chain to follow.
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
            )
    where opportunities.opportunity_type in ('renewal', 'expansion', 'upsell')
    qualify
        row_number() over (
            partition by opportunities.opportunity_id
            order by won_deals.closed_at asc, won_deals.created_at asc, won_deals.opportunity_id asc
        ) = 1

),

giving_deals as (

    select
        opportunities.opportunity_id,
        opportunities.source_system,
        first_won_deals.first_opportunity_id as inherited_from_opportunity_id,
        coalesce(first_won_deals.first_opportunity_id, opportunities.opportunity_id) as giving_opportunity_id,
        nullif(trim(opportunities.crm_lead_source), '') as crm_lead_source
    from opportunities
    left join first_won_deals
        on opportunities.opportunity_id = first_won_deals.opportunity_id

)

select
    giving_deals.opportunity_id,
    giving_deals.source_system,
    own_originators.originator_person_id,
    own_originators.originator_team,
    own_originators.originator_user_id,
    own_originators.originator_source,
    case
        when giving_deals.inherited_from_opportunity_id is not null then 'inherited'
        else own_originators.originator_matched_by
    end as originator_matched_by,
    case
        when own_originators.originator_person_id is null then 'no_lead'
        when giving_deals.crm_lead_source is null then 'lost'
        when lower(giving_deals.crm_lead_source) = lower(own_originators.originator_source) then 'preserved'
        else 'overwritten'
    end as origin_status,
    giving_deals.crm_lead_source,
    own_originators.originator_created_at,
    giving_deals.inherited_from_opportunity_id
from giving_deals
inner join own_originators
    on giving_deals.giving_opportunity_id = own_originators.opportunity_id
