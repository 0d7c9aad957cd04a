with

new_leads as (

    {{ marketo_activities(
        'new_lead',
        12,
        ['source_type', 'source_info', 'form_name', 'list_name', 'salesforce_type', 'api_method_name', 'modifying_user']
    ) | indent(4) }}

),

first_activities as (

    select * from new_leads
    qualify row_number() over (partition by lead_id order by happened_at asc, activity_id asc) = 1

),

-- Marketo purges activities after two years; fields of the lead tell the same, though anyone may edit them.
evidence as (

    select
        leads.lead_id,
        'marketo' as source_system,
        {{ marketo_source(
            'coalesce(activities.source_type, leads.original_source_type, leads.registration_source_type)',
            'activities.salesforce_type'
        ) }} as source,
        case
            when activities.source_type is not null
                then coalesce(
                    activities.form_name, activities.list_name, activities.api_method_name, activities.source_info
                )
            when leads.original_source_type is not null then leads.original_source_info
            else leads.registration_source_info
        end as detail,
        {{ marketo_user_key('activities.modifying_user') }} as user_key
    from {{ ref('stg_marketo__leads') }} as leads
    left join first_activities as activities
        on leads.lead_id = activities.lead_id

),

told as (

    {{ told_creations() | indent(4) }}

)

select
    lead_id,
    source,
    telling_detail as detail,
    {{ creator_key('source', 'telling_detail', 'user_key', 'team', 'marketo') }} as created_by_id
from told
