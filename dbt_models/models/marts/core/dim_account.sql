with

accounts as (

    select * from {{ ref('int_crm__accounts') }}

)

select
    account_id,
    source_system,
    account_name,
    {{ registrable_domain('website') }} as domain,
    industry,
    account_type,
    cast(number_of_employees as bigint) as number_of_employees,
    country,
    parent_id as parent_account_id,
    owner_id as owner_user_id,
    created_at,
    master_record_id as merged_into_account_id,
    is_deleted
from accounts
