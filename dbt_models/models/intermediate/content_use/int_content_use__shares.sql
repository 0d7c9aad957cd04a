with

shares as (

    select
        shares.source_system,
        shares.share_id,
        shares.asset_id,
        shares.shared_at,
        coalesce(user_emails.user_id, shares.user_email, 'unknown') as user_id
    from {{ ref('int_content__shares') }} as shares
    left join {{ ref('int_identity__user_emails') }} as user_emails
        on shares.user_email = user_emails.email
    where shares.shared_at <= {{ run_setting('as_of') }}

),

uses as (

    select * from {{ ref('int_content_use__uses') }}

),

-- Whom the share reached; nobody's where the recipient has no record.
given as (

    select
        shares.source_system,
        shares.share_id,
        shares.asset_id,
        shares.shared_at,
        uses.touch_key,
        uses.person_id
    from shares
    inner join uses
        on
            shares.source_system = uses.source_system
            and shares.share_id = uses.source_record_id
            and uses.use_type = 'share'

),

-- The recipient's own next use of the asset. One of which only the day is known came before the share of that day.
openings as (

    select
        given.source_system,
        given.share_id,
        min(uses.used_at) as opened_at
    from given
    inner join uses
        on
            given.person_id = uses.person_id
            and given.asset_id = uses.asset_id
            and given.shared_at <= coalesce(uses.used_from, uses.used_at)
    where uses.use_type <> 'share'
    group by given.source_system, given.share_id

)

select
    shares.source_system,
    shares.share_id,
    shares.asset_id,
    shares.user_id,
    shares.shared_at,
    given.touch_key,
    given.person_id,
    openings.opened_at
from shares
left join given
    on
        shares.source_system = given.source_system
        and shares.share_id = given.share_id
left join openings
    on
        shares.source_system = openings.source_system
        and shares.share_id = openings.share_id
