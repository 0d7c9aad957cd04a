"""Page views in any number, the same ones every time: made by a hash of their number, without a random generator."""

from __future__ import annotations

from pathlib import Path

import duckdb

# Ten views a visitor, spread over a year, a quarter of them tagged: about what a B2B site sees.
_PAGE_VIEWS = """
    select
        md5(i::varchar) as id,
        md5('visitor ' || (hash(i) % greatest({count} // 10, 1))::varchar) as anonymous_id,
        null::varchar as user_id,
        timestamp '2024-01-01' + to_seconds((hash(i, 1) % 31536000)::bigint) as "timestamp",
        'https://www.example.com/page/' || (hash(i, 2) % 500)::varchar as url,
        case when hash(i, 3) % 3 = 0 then 'https://www.google.com/' end as referrer,
        case when hash(i, 4) % 4 = 0 then 'linkedin' end as context_campaign_source,
        case when hash(i, 4) % 4 = 0 then 'paid_social' end as context_campaign_medium,
        case when hash(i, 4) % 4 = 0 then 'campaign ' || (hash(i, 5) % 20)::varchar end as context_campaign_name
    from range({count}) as numbers (i)
"""


def write_page_views(file: Path, count: int) -> None:
    """Write that many page views as one Parquet file."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as connection:
        connection.execute(f"copy ({_PAGE_VIEWS.format(count=count)}) to '{file}' (format parquet)")
