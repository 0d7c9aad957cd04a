{#-
  What a domain needs to be learnt by its share of the views: a hundredth of them, and twenty. A copied page or a preview
  brings a few views; a second site or an app brings more than one in a hundred, or it hardly matters.
-#}
{%- set least_share = 100 %}
{%- set least_views = 20 %}
{#- Or by what leads to it: a tenth of its visitors, or of its views, came over from the main domain. -#}
{%- set least_link = 10 %}
with

listed_domains as (

    select domain from {{ ref('stg_reference__own_domains') }}

),

stopover_domains as (

    select domain from {{ ref('stg_reference__stopover_domains') }}

),

pages as (

    select
        url,
        count(*) as views
    from {{ ref('int_web__page_views') }}
    group by url

),

page_domains as (

    select
        url,
        views,
        {{ registrable_domain(site_address('url')) }} as domain
    from pages

),

domain_views as (

    select
        domain,
        cast(sum(views) as bigint) as views,
        cast(sum(sum(views)) over () as bigint) as all_views
    from page_domains
    where domain is not null
    group by domain

),

-- A channel rule that names the domain says what a visit from there is: nothing is learnt against it.
ruled_domains as (

    select distinct domain_views.domain
    from domain_views
    inner join {{ ref('stg_reference__channel_rules') }} as rules
        on
            rules.referrer_domain != '*'
            and {{ referrer_cell_matches(
                'rules.referrer_domain', 'domain_views.domain', host_without_suffix('domain_views.domain')
            ) }}

),

judged as (

    select
        domain_views.*,
        listed_domains.domain is not null as is_listed,
        {{ may_be_own_domain('domain_views.domain') }}
        and ruled_domains.domain is null
        and stopover_domains.domain is null as may_be_learnt
    from domain_views
    left join listed_domains
        on domain_views.domain = listed_domains.domain
    left join ruled_domains
        on domain_views.domain = ruled_domains.domain
    left join stopover_domains
        on domain_views.domain = stopover_domains.domain

),

-- The company's main site: a listed domain before any other, then the one with most views.
ranked as (

    select
        *,
        row_number() over (
            order by not is_listed asc, not may_be_learnt asc, views desc, domain asc
        ) as place
    from judged

),

other_views as (

    select
        ranked.domain,
        page_views.anonymous_id,
        page_views.referrer
    from {{ ref('int_web__page_views') }} as page_views
    inner join page_domains
        on page_views.url = page_domains.url
    inner join ranked
        on page_domains.domain = ranked.domain
    where ranked.place > 1 and ranked.may_be_learnt

),

main_visitors as (

    select distinct page_views.anonymous_id
    from {{ ref('int_web__page_views') }} as page_views
    inner join page_domains
        on page_views.url = page_domains.url
    inner join ranked
        on page_domains.domain = ranked.domain
    where
        ranked.place = 1
        and page_views.anonymous_id in (select other_views.anonymous_id from other_views)

),

main_referrers as (

    select referrers.referrer
    from (
        select
            referrer,
            {{ registrable_domain(site_address('referrer')) }} as domain
        from (select distinct referrer from other_views) as distinct_referrers
    ) as referrers
    inner join ranked
        on referrers.domain = ranked.domain
    where ranked.place = 1

),

links as (

    select
        other_views.domain,
        count(distinct other_views.anonymous_id) as visitors,
        count(distinct main_visitors.anonymous_id) as shared_visitors,
        count(main_referrers.referrer) as views_from_main
    from other_views
    left join main_visitors
        on other_views.anonymous_id = main_visitors.anonymous_id
    left join main_referrers
        on other_views.referrer = main_referrers.referrer
    group by other_views.domain

),

seen as (

    select
        ranked.domain,
        ranked.views,
        case
            when ranked.is_listed then 'listed'
            when not ranked.may_be_learnt then 'not_learnt'
            when ranked.place = 1 then 'main'
            when links.shared_visitors > 0 and links.shared_visitors * {{ least_link }} >= links.visitors
                then 'shares_visitors'
            when links.views_from_main > 0 and links.views_from_main * {{ least_link }} >= ranked.views
                then 'linked_from_main'
            when ranked.views >= {{ least_views }} and ranked.views * {{ least_share }} >= ranked.all_views
                then 'many_views'
            else 'few_views'
        end as basis
    from ranked
    left join links
        on ranked.domain = links.domain

),

unseen as (

    select
        listed_domains.domain,
        cast(0 as bigint) as views,
        'listed' as basis
    from listed_domains
    left join seen
        on listed_domains.domain = seen.domain
    where seen.domain is null

),

unioned as (

    select * from seen

    union all

    select * from unseen

)

select
    domain,
    views,
    basis,
    basis not in ('few_views', 'not_learnt') as is_own,
    basis in ('shares_visitors', 'linked_from_main', 'many_views') as is_learnt
from unioned
