{{ config(materialized='view') }}

select
    opportunity_id,
    person_id
from {{ ref('int_journeys__candidate_people') }}
where is_in_buying_group
