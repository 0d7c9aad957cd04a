with

placements as (

    select * from {{ ref('int_identity__placements') }}

),

persons as (

    select person_id from {{ ref('int_identity__persons') }}

),

-- What the CRM says of today's contact outranks what it said at conversion; guesses come last.
chosen as (

    select * from placements
    qualify
        row_number() over (
            partition by person_id
            order by
                case
                    when account_match_method = 'contact' and is_live then 1
                    when account_match_method = 'converted_lead' then 2
                    when account_match_method = 'contact' then 3
                    when account_match_method = 'email_domain' then 4
                    else 5
                end asc,
                case when is_live then 0 else 1 end asc,
                placed_at desc nulls last,
                identifier desc,
                account_id asc
        ) = 1

),

conversions as (

    select distinct
        person_id,
        account_id
    from placements
    where account_match_method = 'converted_lead'

)

select
    persons.person_id,
    chosen.account_id,
    case
        when chosen.account_id is null then 'none'
        when conversions.account_id is not null then 'converted_lead'
        else chosen.account_match_method
    end as account_match_method
from persons
left join chosen
    on persons.person_id = chosen.person_id
left join conversions
    on
        chosen.person_id = conversions.person_id
        and chosen.account_id = conversions.account_id
