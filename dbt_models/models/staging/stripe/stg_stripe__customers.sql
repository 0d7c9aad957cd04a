with

source as (

    select * from {{ source('raw_stripe', 'customers') }}

),

run_context as (

    select expand_short_ids from {{ ref('stg_reference__run_context') }}

),

renamed as (

    select
        -- ids
        id as customer_id,
        coalesce(
            {{ salesforce_id('account_id') }},
            {{ record_key('hubspot', 'account', 'hubspot_company_id') }}
        ) as account_id,

        -- booleans
        _deleted_at is not null or coalesce(_deleted_by_loader, false) as is_deleted,

        -- lineage
        'stripe' as source_system,
        _file as source_file
    from source
    cross join run_context

)

select * from renamed
