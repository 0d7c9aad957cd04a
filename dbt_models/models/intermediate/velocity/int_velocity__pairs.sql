with

run_context as (

    select as_of from {{ ref('stg_reference__run_context') }}

),

-- Whose MQL it is at the timestamp when its answer is due, or comes, or the next round begins, or the run looks.
responses as (

    select
        responses.*,
        least(
            coalesce(responses.responded_at, responses.due_at),
            coalesce(responses.next_mql_at, run_context.as_of),
            run_context.as_of
        ) as owned_at,
        {{ company_date('responses.mql_at') }} as mql_date
    from {{ ref('int_velocity__responses') }} as responses
    cross join run_context

),

user_teams as (

    select * from {{ ref('int_identity__user_teams') }}

),

originators as (

    select
        originators.person_id,
        originators.originator_user_id
    from {{ ref('int_identity__person_originators') }} as originators
    where originators.originator_team = 'marketing'

),

-- A CRM may write each change of owner twice, with names and with ids; only ids name a user for certain.
owner_changes as (

    select
        history.source_system,
        history.lead_id,
        history.old_value,
        history.new_value,
        history.changed_at,
        history.history_id
    from {{ ref('int_crm__lead_history') }} as history
    inner join {{ ref('int_crm__users') }} as users
        on
            history.source_system = users.source_system
            and history.new_value = users.user_id
    where history.field = 'owner'

),

latest_changes as (

    select
        responses.person_id,
        responses.occurrence,
        owner_changes.new_value as owner_id
    from responses
    inner join owner_changes
        on
            responses.source_system = owner_changes.source_system
            and responses.lead_id = owner_changes.lead_id
            and responses.owned_at >= owner_changes.changed_at
    qualify
        row_number() over (
            partition by responses.person_id, responses.occurrence
            order by owner_changes.changed_at desc, owner_changes.history_id desc
        ) = 1

),

next_changes as (

    select
        responses.person_id,
        responses.occurrence,
        owner_changes.old_value as owner_id
    from responses
    inner join owner_changes
        on
            responses.source_system = owner_changes.source_system
            and responses.lead_id = owner_changes.lead_id
            and responses.owned_at < owner_changes.changed_at
    qualify
        row_number() over (
            partition by responses.person_id, responses.occurrence
            order by owner_changes.changed_at asc, owner_changes.history_id asc
        ) = 1

),

owned as (

    select
        responses.person_id,
        responses.occurrence,
        coalesce(latest_changes.owner_id, next_changes.owner_id, leads.owner_id) as owner_id
    from responses
    left join latest_changes
        on
            responses.person_id = latest_changes.person_id
            and responses.occurrence = latest_changes.occurrence
    left join next_changes
        on
            responses.person_id = next_changes.person_id
            and responses.occurrence = next_changes.occurrence
    left join {{ ref('int_crm__leads') }} as leads
        on
            responses.source_system = leads.source_system
            and responses.lead_id = leads.lead_id

),

owning_sellers as (

    select
        owned.person_id,
        owned.occurrence,
        owned.owner_id
    from owned
    inner join user_teams
        on owned.owner_id = user_teams.user_id
    where user_teams.team in ('sales', 'partner')

),

-- Of several who name the account, the one who is at work on this person, else who has it longest.
portfolio_owners as (

    select
        responses.person_id,
        responses.occurrence,
        portfolios.team,
        portfolios.user_id
    from responses
    inner join {{ ref('int_velocity__portfolios') }} as portfolios
        on
            responses.account_id = portfolios.account_id
            and responses.mql_date >= portfolios.valid_from
            and responses.mql_date < portfolios.valid_to
    left join originators
        on responses.person_id = originators.person_id
    left join owning_sellers
        on
            responses.person_id = owning_sellers.person_id
            and responses.occurrence = owning_sellers.occurrence
    qualify
        row_number() over (
            partition by responses.person_id, responses.occurrence, portfolios.team
            order by
                case
                    when portfolios.team = 'marketing' and portfolios.user_id = originators.originator_user_id then 1
                    when portfolios.team = 'sales' and portfolios.user_id = responses.responder_user_id then 1
                    when portfolios.team = 'sales' and portfolios.user_id = owning_sellers.owner_id then 2
                    else 3
                end asc,
                portfolios.valid_from asc,
                portfolios.user_id asc
        ) = 1

),

named as (

    select
        person_id,
        occurrence,
        max(case when team = 'marketing' then user_id end) as marketer_user_id,
        max(case when team = 'sales' then user_id end) as seller_user_id
    from portfolio_owners
    group by person_id, occurrence

)

select
    responses.person_id,
    responses.occurrence,
    case
        when named.marketer_user_id is not null and named.seller_user_id is not null then named.marketer_user_id
        else coalesce(originators.originator_user_id, named.marketer_user_id, 'unassigned')
    end as marketer_user_id,
    case
        when named.marketer_user_id is not null and named.seller_user_id is not null then named.seller_user_id
        else coalesce(
            responses.responder_user_id, owning_sellers.owner_id, named.seller_user_id, 'unassigned'
        )
    end as seller_user_id,
    coalesce(named.marketer_user_id is not null and named.seller_user_id is not null, false) as is_named_pair
from responses
left join originators
    on responses.person_id = originators.person_id
left join owning_sellers
    on
        responses.person_id = owning_sellers.person_id
        and responses.occurrence = owning_sellers.occurrence
left join named
    on
        responses.person_id = named.person_id
        and responses.occurrence = named.occurrence
