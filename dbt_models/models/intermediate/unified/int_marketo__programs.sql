with

program_costs as (

    select
        program_id,
        period_start,
        cost
    from {{ ref('stg_marketo__program_cost') }}
    where not is_deleted

),

programs_with_costs as (

    select distinct program_id from program_costs

),

-- The API writes the costs into the program.
listed_costs as (

    select
        programs.program_id,
        {{ json_elements('programs.costs') }} as cost_entry
    from {{ ref('stg_marketo__programs') }} as programs
    left join programs_with_costs
        on programs.program_id = programs_with_costs.program_id
    where programs.costs is not null and programs_with_costs.program_id is null

),

costs as (

    select
        program_id,
        cast(sum(cost) as decimal(18, 2)) as cost,
        min(period_start) as first_period,
        max(period_start) as last_period
    from (
        select
            program_id,
            period_start,
            cost
        from program_costs

        union all

        select
            program_id,
            cast(substring({{ json_field('cost_entry', 'startDate') }}, 1, 10) as date) as period_start,
            cast({{ json_field('cost_entry', 'cost') }} as decimal(28, 6)) as cost
        from listed_costs
    ) as all_costs
    group by program_id

),

campaigns as (

    select campaign_id
    from {{ ref('stg_salesforce__campaign') }}
    where not is_deleted

)

select
    programs.source_system,
    programs.program_id,
    case when campaigns.campaign_id is not null then 'salesforce' else 'marketo' end as campaign_system,
    coalesce(campaigns.campaign_id, programs.program_id) as campaign_id,
    programs.program_name,
    coalesce(programs.channel, programs.program_type) as campaign_type,
    programs.status,
    costs.cost,
    coalesce(
        least({{ company_date('programs.started_at') }}, costs.first_period), costs.first_period
    ) as start_date,
    -- A cost is of a whole month.
    greatest(
        {{ company_date('programs.ended_at') }},
        cast({{ dbt.last_day('costs.last_period', 'month') }} as date)
    ) as end_date,
    programs.created_at,
    programs.is_deleted
from {{ ref('stg_marketo__programs') }} as programs
left join costs
    on programs.program_id = costs.program_id
left join campaigns
    on programs.salesforce_campaign_id = campaigns.campaign_id
