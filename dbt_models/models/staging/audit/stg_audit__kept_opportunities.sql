with

source as (

    select * from {{ source('audit', 'kept_opportunities') }}

),

renamed as (

    select
        opportunity_id,
        source_system,
        account_id,
        outcome,
        is_won,
        created_at,
        created_month,
        close_date,
        closed_month,
        amount_original,
        currency,
        exchange_rate,
        amount,
        originator_team,
        originator_user_id,
        originator_record_id,
        originator_person_id,
        deal_mark,
        touch_mark,
        person_mark,
        valid_from,
        valid_to
    from source

)

select * from renamed
