with recursive

accounts as (

    select
        source_system,
        account_id,
        master_record_id,
        not is_deleted and master_record_id is null as is_live
    from {{ ref('int_crm__accounts') }}

),

-- Two accounts that name each other as master end the walk instead of going round.
walk as (

    select
        source_system,
        account_id,
        account_id as ancestor_id,
        {{ walked_from('account_id') }} as walked
    from accounts

    {{ union_of_walk() }}

    select
        walk.source_system,
        walk.account_id,
        accounts.master_record_id as ancestor_id,
        {{ walked_to('accounts.master_record_id') }} as walked
    from walk
    inner join accounts
        on
            walk.source_system = accounts.source_system
            and walk.ancestor_id = accounts.account_id
    where accounts.master_record_id is not null and {{ is_new_on_walk('accounts.master_record_id') }}

)

select
    walk.source_system,
    walk.account_id,
    accounts.account_id as live_account_id
from walk
inner join accounts
    on
        walk.source_system = accounts.source_system
        and walk.ancestor_id = accounts.account_id
where accounts.is_live
