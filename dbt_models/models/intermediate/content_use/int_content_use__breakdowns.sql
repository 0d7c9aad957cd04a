{{ config(materialized='view') }}

with

-- A seller may share a piece that the library doesn't list: it keeps a line of its own.
pieces as (

    select asset_id from {{ ref('int_content__assets') }}

    union

    select asset_id from {{ ref('int_content_use__uses') }}

),

described as (

    select
        pieces.asset_id,
        coalesce(assets.topic, '(none)') as topic,
        coalesce(assets.persona, '(none)') as persona
    from pieces
    left join {{ ref('int_content__assets') }} as assets
        on pieces.asset_id = assets.asset_id

)

select
    'asset' as breakdown,
    asset_id as member,
    asset_id
from described

union all

select
    'topic' as breakdown,
    topic as member,
    asset_id
from described

union all

select
    'persona' as breakdown,
    persona as member,
    asset_id
from described
