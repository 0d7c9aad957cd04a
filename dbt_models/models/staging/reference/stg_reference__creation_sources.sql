with

source as (

    select * from {{ source('reference', 'creation_sources') }}

),

renamed as (

    select
        source_system,
        {{ source_word('source') }} as source,
        lower(trim(detail)) as detail,
        team
    from source

)

-- Two spellings of one source are one: the row that comes first by its team.
select
    source_system,
    source,
    detail,
    min(team) as team
from renamed
group by source_system, source, detail
