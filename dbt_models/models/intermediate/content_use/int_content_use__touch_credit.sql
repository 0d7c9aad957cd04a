with

-- A touch's credit over all its opportunities, so that a cent is split once per touch and model.
touch_credit as (

    select
        credit.model,
        credit.touch_key,
        sum(credit.attributed_amount) as pipeline_amount,
        sum(case when opportunities.outcome = 'won' then credit.attributed_amount else 0 end) as won_amount,
        sum(
            case when opportunities.outcome = 'won' then cast(credit.weight as decimal(18, 12)) else 0 end
        ) as won_deals
    from {{ ref('int_attribution__credit') }} as credit
    inner join {{ ref('int_journeys__opportunities') }} as opportunities
        on credit.opportunity_key = opportunities.opportunity_key
    where credit.touch_key is not null
    group by credit.model, credit.touch_key

),

pieces as (

    select
        touch_key,
        asset_id,
        min(used_at) as used_at
    from {{ ref('int_content_use__uses') }}
    group by touch_key, asset_id

),

numbered as (

    select
        *,
        row_number() over (
            partition by touch_key
            order by asset_id asc
        ) as piece_number,
        count(*) over (partition by touch_key) as pieces
    from pieces

),

cents as (

    select
        touch_credit.model,
        touch_credit.touch_key,
        numbered.asset_id,
        numbered.used_at,
        numbered.piece_number,
        numbered.pieces,
        touch_credit.won_deals,
        sign(touch_credit.pipeline_amount) as pipeline_sign,
        {{ amount_to_cents('abs(touch_credit.pipeline_amount)') }} as pipeline_cents,
        sign(touch_credit.won_amount) as won_sign,
        {{ amount_to_cents('abs(touch_credit.won_amount)') }} as won_cents
    from touch_credit
    inner join numbered
        on touch_credit.touch_key = numbered.touch_key

),

whole_cents as (

    select
        *,
        {{ whole_cents_of('pipeline_cents', '1', 'pieces') }} as pipeline_piece_cents,
        {{ whole_cents_of('won_cents', '1', 'pieces') }} as won_piece_cents
    from cents

),

-- Equal shares leave equal remainders: the spare cents go to the lowest ids.
rounded as (

    select
        *,
        pipeline_piece_cents
        + case when piece_number <= pipeline_cents - pipeline_piece_cents * pieces then 1 else 0 end
            as pipeline_share,
        won_piece_cents
        + case when piece_number <= won_cents - won_piece_cents * pieces then 1 else 0 end as won_share
    from whole_cents

)

select
    model,
    touch_key,
    asset_id,
    used_at,
    {{ cents_to_amount('pipeline_sign * pipeline_share') }} as pipeline_amount,
    {{ cents_to_amount('won_sign * won_share') }} as won_amount,
    cast(won_deals / pieces as decimal(18, 12)) as won_deals
from rounded
