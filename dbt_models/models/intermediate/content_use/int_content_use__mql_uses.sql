with

first_mqls as (

    select
        person_id,
        min(entered_at) as mql_at
    from {{ ref('int_lifecycle__transitions') }}
    where stage = 'mql'
    group by person_id

),

uses as (

    select
        uses.person_id,
        uses.touch_key,
        uses.asset_id,
        uses.used_at,
        first_mqls.mql_at
    from {{ ref('int_content_use__uses') }} as uses
    inner join first_mqls
        on uses.person_id = first_mqls.person_id
    where coalesce(uses.used_from, uses.used_at) <= first_mqls.mql_at

),

-- A seller's call or share is in the journey, but it is not how marketing met the person: as with the position FT.
first_touches as (

    select
        touches.person_id,
        touches.touch_key
    from {{ ref('int_touchpoints__touches') }} as touches
    inner join first_mqls
        on touches.person_id = first_mqls.person_id
    where {{ is_marketing_touch('touches') }}
    qualify
        row_number() over (
            partition by touches.person_id
            order by touches.occurred_at asc, touches.touch_key asc
        ) = 1

),

-- A first touch that used several assets was brought about by the first of them.
sources as (

    select
        uses.person_id,
        uses.asset_id
    from uses
    inner join first_touches
        on
            uses.person_id = first_touches.person_id
            and uses.touch_key = first_touches.touch_key
    qualify
        row_number() over (
            partition by uses.person_id
            order by uses.used_at asc, uses.asset_id asc
        ) = 1

),

pieces as (

    select
        person_id,
        asset_id,
        mql_at,
        min(used_at) as first_used_at
    from uses
    group by person_id, asset_id, mql_at

),

numbered as (

    select
        *,
        row_number() over (
            partition by person_id
            order by asset_id asc
        ) as piece_number,
        count(*) over (partition by person_id) as pieces_used
    from pieces

)

-- In whole millionths, the spare ones to the lowest ids, so that the shares of an MQL sum to exactly 1.
select
    numbered.person_id,
    numbered.asset_id,
    numbered.mql_at,
    numbered.first_used_at,
    numbered.pieces_used,
    sources.asset_id is not null as is_source,
    cast(
        {{ integer_quotient('1000000', 'numbered.pieces_used') }}
        + case
            when
                numbered.piece_number
                <= 1000000 - {{ integer_quotient('1000000', 'numbered.pieces_used') }} * numbered.pieces_used
                then 1
            else 0
        end as decimal(18, 0)
    ) * cast(0.000001 as decimal(6, 6)) as mql_credit
from numbered
left join sources
    on
        numbered.person_id = sources.person_id
        and numbered.asset_id = sources.asset_id
