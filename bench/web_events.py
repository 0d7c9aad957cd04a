"""Events of GA4's export and of Snowplow in any number, the same ones every time, as nested as the real ones."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from string import Template

import duckdb

# About what a day of a large B2B site holds; a delivered day is a file.
EVENTS_A_DAY = 333_334

_PARAM = (
    "{'key': '$key', 'value': {'string_value': $text, 'int_value': $number, 'float_value': null::double, "
    "'double_value': null::double}}"
)
_NO_TEXT, _NO_NUMBER = "null::varchar", "null::bigint"


def _params() -> str:
    texts = {
        "page_location": "'https://www.example.com/page/' || (hash(i, 2) % 500)::varchar || tags",
        "page_title": "'Page ' || (hash(i, 2) % 500)::varchar",
        "page_referrer": "case when hash(i, 3) % 3 = 0 then 'https://www.google.com/' end",
        "session_engaged": "(hash(i, 9) % 2)::varchar",
    }
    numbers = {
        "ga_session_id": "(1700000000 + hash(i // 5) % 30000000)::bigint",
        "ga_session_number": "(1 + hash(i, 6) % 9)::bigint",
        "engagement_time_msec": "(hash(i, 7) % 60000)::bigint",
        "entrances": "case when i % 5 = 0 then 1::bigint end",
        "engaged_session_event": "1::bigint",
        "batch_ordering_id": "1::bigint",
    }
    param = Template(_PARAM)
    listed = [param.substitute(key=key, text=text, number=_NO_NUMBER) for key, text in texts.items()]
    listed += [param.substitute(key=key, text=_NO_TEXT, number=number) for key, number in numbers.items()]
    return f"[{', '.join(listed)}]"


_SOURCE = "case when is_tagged then 'linkedin' end"
_MEDIUM = "case when is_tagged then 'paid_social' end"
_CAMPAIGN = "case when is_tagged then 'campaign ' || (hash(i, 5) % 20)::varchar end"

# Half of the events are page views; of the others GA4 collects most by itself.
_GA4 = """
    select
        strftime(day, '%Y%m%d') as event_date,
        epoch_us(day) + (i - $first) * 250000 as event_timestamp,
        case
            when i % 2 = 0 then 'page_view' when i % 97 = 0 then 'form_submit' when i % 3 = 0 then 'scroll'
            else 'user_engagement'
        end as event_name,
        $params as event_params,
        null::varchar as user_id,
        (hash(i // 10) % 4000000000)::varchar || '.1700000000' as user_pseudo_id,
        {'analytics_storage': 'Yes', 'ads_storage': 'Yes'} as privacy_info,
        []::struct("key" varchar, "value" struct(string_value varchar, int_value bigint))[] as user_properties,
        1700000000000000 as user_first_touch_timestamp,
        {'category': 'desktop', 'language': 'en-us', 'operating_system': 'Windows', 'web_info': {
            'browser': 'Chrome', 'browser_version': '131.0.0.0', 'hostname': 'www.example.com'
        }} as device,
        {'continent': 'Europe', 'country': 'Germany', 'region': 'Berlin', 'city': 'Berlin'} as geo,
        {'name': '(direct)', 'medium': '(none)', 'source': '(direct)'} as traffic_source,
        '7' as stream_id,
        'WEB' as platform,
        {'manual_source': $source, 'manual_medium': $medium, 'manual_campaign_name': $campaign,
           'manual_campaign_id': null::varchar, 'manual_term': null::varchar, 'manual_content': null::varchar,
           'gclid': null::varchar} as collected_traffic_source,
        (epoch_us(day) // 1000 + i // 3) as batch_page_id,
        1::bigint as batch_ordering_id,
        (i % 3)::bigint as batch_event_index,
        {'manual_campaign': {'campaign_id': null::varchar, 'campaign_name': $campaign, 'source': $source,
             'medium': $medium},
           'google_ads_campaign': {'campaign_id': null::varchar, 'campaign_name': null::varchar},
           'cross_channel_campaign': {'source': $source, 'medium': $medium, 'campaign_name': $campaign}
        } as session_traffic_source_last_click
    from (
        select
            i,
            timestamp '2024-01-01' + to_days($number) as day,
            hash(i, 4) % 4 = 0 as is_tagged,
            case when hash(i, 4) % 4 = 0 then '?utm_source=linkedin&utm_medium=paid_social' else '' end as tags
        from range($first, $last) as numbers (i)
    )
"""

# The columns of atomic.events that hold something on a website, and others of the same kinds that stay blank.
_BLANK = {
    "varchar": """
        etl_tags geo_country geo_region geo_city geo_zipcode geo_region_name ip_isp ip_organization ip_domain
        ip_netspeed page_urlscheme page_urlquery page_urlfragment refr_urlscheme refr_urlhost refr_urlpath
        refr_urlquery refr_urlfragment refr_source refr_term mkt_term mkt_content mkt_clickid mkt_network se_category
        se_action se_label se_property tr_orderid tr_affiliation tr_city tr_state tr_country ti_orderid ti_sku ti_name
        ti_category br_name br_version br_type br_renderengine br_lang br_colordepth os_name os_family os_manufacturer
        os_timezone dvce_type doc_charset tr_currency ti_currency base_currency geo_timezone event_fingerprint
        user_fingerprint txn_id
    """,
    "double": """
        se_value tr_total tr_tax tr_shipping ti_price geo_latitude geo_longitude
    """,
    "integer": """
        page_urlport refr_urlport pp_xoffset_min pp_xoffset_max pp_yoffset_min pp_yoffset_max br_viewwidth
        br_viewheight dvce_screenwidth dvce_screenheight doc_width doc_height ti_quantity
    """,
    "timestamp": """
        etl_tstamp dvce_sent_tstamp true_tstamp refr_dvce_tstamp
    """,
}

_SNOWPLOW = """
    select
        'site' as app_id,
        'web' as platform,
        case when i % 5 = 4 then 'unstruct' when i % 5 = 3 then 'page_ping' else 'page_view' end as event,
        case when i % 5 = 4 then 'submit_form' when i % 5 = 3 then 'page_ping' else 'page_view' end as event_name,
        md5(i::varchar) as event_id,
        moment + interval 2 second as collector_tstamp,
        moment as dvce_created_tstamp,
        moment + interval 1 second as derived_tstamp,
        moment + interval 9 second as load_tstamp,
        null::varchar as user_id,
        '10.0.0.' || (hash(i, 8) % 250)::varchar as user_ipaddress,
        md5('visitor ' || (i // 10)::varchar) as domain_userid,
        (1 + i % 9)::integer as domain_sessionidx,
        md5('session ' || (i // 5)::varchar) as domain_sessionid,
        'https://www.example.com/page/' || (hash(i, 2) % 500)::varchar as page_url,
        'www.example.com' as page_urlhost,
        '/page/' || (hash(i, 2) % 500)::varchar as page_urlpath,
        'Page ' || (hash(i, 2) % 500)::varchar as page_title,
        case when hash(i, 3) % 3 = 0 then 'https://www.google.com/' end as page_referrer,
        case when hash(i, 3) % 3 = 0 then 'search' else 'internal' end as refr_medium,
        case when hash(i, 4) % 4 = 0 then 'linkedin' end as mkt_source,
        case when hash(i, 4) % 4 = 0 then 'paid_social' end as mkt_medium,
        case when hash(i, 4) % 4 = 0 then 'campaign ' || (hash(i, 5) % 20)::varchar end as mkt_campaign,
        'Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/' || (100 + hash(i, 6) % 40)::varchar as useragent,
        'Chrome' as br_family,
        true as br_cookies,
        '[{"id":"' || md5(i::varchar) || '"}]' as contexts_com_snowplowanalytics_snowplow_web_page_1,
        '[{"spiderOrRobot":' || (hash(i, 7) % 50 = 0)::varchar || ',"category":"BROWSER","reason":"PASSED_ALL"}]'
            as contexts_com_iab_snowplow_spiders_and_robots_1,
        '[{"agentClass":"Browser","agentName":"Chrome","deviceClass":"Desktop"}]'
            as contexts_nl_basjes_yauaa_context_1,
        $blank
    from (
        select i, timestamp '2024-01-01' + to_seconds((hash(i, 1) % 31536000)::bigint) as moment
        from range($count) as numbers (i)
    )
"""


def write_ga4_events(folder: Path, count: int) -> None:
    """Write that many events as nested Parquet files, a day each."""
    folder.mkdir(parents=True, exist_ok=True)
    query = Template(_GA4)
    with duckdb.connect() as connection:
        for number, first in enumerate(range(0, count, EVENTS_A_DAY)):
            day = date(2024, 1, 1) + timedelta(days=number)
            events = query.substitute(
                params=_params(),
                source=_SOURCE,
                medium=_MEDIUM,
                campaign=_CAMPAIGN,
                number=number,
                first=first,
                last=min(first + EVENTS_A_DAY, count),
            )
            connection.execute(f"copy ({events}) to '{folder}/events_{day:%Y%m%d}.parquet' (format parquet)")


def write_snowplow_events(file: Path, count: int) -> None:
    """Write that many events as one Parquet file."""
    file.parent.mkdir(parents=True, exist_ok=True)
    blank = ", ".join(f"null::{kind} as {name}" for kind, names in _BLANK.items() for name in names.split())
    with duckdb.connect() as connection:
        events = Template(_SNOWPLOW).substitute(count=count, blank=blank)
        connection.execute(f"copy ({events}) to '{file}' (format parquet)")
