"""What must hold of what was pulled: the newest receipts against the files that landed.

What lives here: the judgement, in words. What doesn't: Dagster (assets.py).
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from dagster_project.extract import receipts
from dagster_project.extract.receipts import Receipt


def broken_promise(landing_dir: Path, source: str, name: str) -> str | None:
    """Why what was pulled of an object isn't whole: what, where and the mend; None when it is.

    The newest pull and the newest sweep must be whole, its files must lie in the landing folder with all their rows,
    and no stretch of time between two pulls may be missing. Older files may have been moved away: raw keeps their
    records."""
    where = f"{source}/{name}"
    past = receipts.read_all(landing_dir, source, name)
    pulls = [receipt for receipt in past if receipt.kind != "sweep"]
    if not pulls:
        return f"{where}: was never pulled; expected a receipt in {receipts.folder(landing_dir, source, name)}; pull it"
    newest = pulls[-1]
    if newest.problem is not None:
        return (
            f"{where}: {newest.problem} ({_asked(newest)}); expected as many as the API said it has; nothing of this "
            "pull landed and the next one asks again; pull again, and compare with the system's own count when it "
            "stays so"
        )
    if (told := _landed_otherwise(newest, landing_dir, where)) is not None:
        return told
    whole = [receipt for receipt in pulls if receipt.is_whole]
    for before, after in pairwise(whole):
        if after.since is not None and after.since > before.until:
            return (
                f"{where}: nothing was pulled from {before.until:%Y-%m-%d %H:%M} to {after.since:%Y-%m-%d %H:%M} UTC; "
                f"expected windows without a gap; remove the receipts since {before.pull} and pull again"
            )
    sweeps = [receipt for receipt in past if receipt.kind == "sweep"]
    if sweeps and sweeps[-1].problem is not None:
        return (
            f"{where}: {sweeps[-1].problem}; expected the ids of all records; nothing was marked deleted; else look "
            "whether the credentials may still read all of them, and pull again"
        )
    return None


def _landed_otherwise(receipt: Receipt, landing_dir: Path, where: str) -> str | None:
    folder = landing_dir / receipt.source / receipt.object
    landed = 0
    for file in receipt.files:
        try:
            rows = pq.read_metadata(folder / file.name).num_rows
        except (OSError, pa.ArrowException) as error:
            return (
                f"{where}/{file.name}: can't be read ({type(error).__name__}), but its receipt promises {file.rows:,} "
                f"records; expected the file as it was pulled; put it back, or remove the receipt {receipt.pull}.json "
                "and pull again"
            )
        if rows != file.rows:
            return (
                f"{where}/{file.name}: holds {rows:,} records, but its receipt promises {file.rows:,}; expected the "
                f"file as it was pulled; remove it and the receipt {receipt.pull}.json and pull again"
            )
        landed += rows
    promised = max(receipt.rows, receipt.api_total or 0)
    if landed < promised:
        return (
            f"{where}: {landed:,} records landed, but the API said it has {promised:,} ({_asked(receipt)}); expected "
            f"all of them; remove the receipt {receipt.pull}.json and pull again"
        )
    return None


def _asked(receipt: Receipt) -> str:
    since = f"since {receipt.since:%Y-%m-%d %H:%M}" if receipt.since else "all records"
    return f"{since} until {receipt.until:%Y-%m-%d %H:%M} UTC, receipt {receipt.pull}.json"
