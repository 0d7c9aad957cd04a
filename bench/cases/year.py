"""A year of publications of the sample company: each has one cause, which is found with its amount.

Every four weeks something happens to the company's files and is published: touches that come late, people who turn out
to be one, a channel that is renamed, a deal that grows, one that is deleted, one that is new, another exchange rate,
another version of the rules, an edited target, and months in which nothing happens. What must move is worked out from
the records themselves; whatever else moves stops the case, as does a sum that isn't exact.
"""

from __future__ import annotations

import csv
import gzip
import io
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from bench.cases.nightly import as_of
from bench.options import Options
from bench.report import Figure
from dagster_project.engine import connected
from dagster_project.publish import kept
from dagster_project.settings import SAMPLE_LANDING_DIR
from tests.company import SHIPPED_REFERENCE_DIR, Folders
from tests.publications import MODELS, broken_promises, count_one_more, moved
from tests.runs import Warehouse, build_marts

APART = timedelta(weeks=4)

# By figure: what all its months and members moved by in sum; None where the records don't say it in one line. A figure
# that isn't named must not move.
Moves = Mapping[str, Decimal | None]

# Of a deal that was won: what its amount is part of.
PARTS = ("won_revenue", "originated", "credited", "pipeline")


class WrongStory(RuntimeError):
    """A publication told something else than what happened; the message says which, what, and what was expected."""


@dataclass
class Sample:
    """A copy of the sample's files that can be changed, and the latest publication of it."""

    folders: Folders
    built: Warehouse

    def append(self, file: str, **record: str) -> None:
        """Add a record to a text file; columns that aren't named stay blank."""
        path = self.folders.landing_dir / file
        text = _text(path)
        header = next(csv.reader(io.StringIO(text)))
        line = io.StringIO()
        csv.DictWriter(line, header, lineterminator="\n").writerow(record)
        _write(path, text + line.getvalue())

    def change(self, file: str, key: str, value: str, **fields: str) -> None:
        """Change fields of the records whose column `key` has the value."""
        path = self.folders.landing_dir / file
        rows = list(csv.DictReader(io.StringIO(_text(path))))
        for row in rows:
            if row[key] == value:
                row.update(fields)
        text = io.StringIO()
        writer = csv.DictWriter(text, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        _write(path, text.getvalue())


def _text(path: Path) -> str:
    packed = path.read_bytes()
    return (gzip.decompress(packed) if path.suffix == ".gz" else packed).decode()


def _write(path: Path, text: str) -> None:
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())


def figures(options: Options) -> Iterator[Figure]:
    folder = options.scratch / "year"
    landing, reference = folder / "landing", folder / "reference"
    shutil.copytree(SAMPLE_LANDING_DIR, landing)
    shutil.copytree(SHIPPED_REFERENCE_DIR, reference)
    day = date.fromisoformat(as_of(SAMPLE_LANDING_DIR))
    folders = Folders(landing, reference, folder / "warehouse")
    sample = Sample(folders, publish(folders, day, 1))
    story: list[tuple[str, Callable[[Sample, date], Moves]]] = [
        ("late_data", late_data),
        ("identity", identity),
        ("configuration", configuration),
        ("deal_changed", deal_changed),
        ("deletion", deletion),
        ("new_deal", new_deal),
        ("", nothing),
        ("currency", currency),
        ("", edited_target),
        ("definition", definition),
        ("", nothing),
        ("", nothing),
    ]
    with pytest.MonkeyPatch.context() as patch:
        for number, (cause, happen) in enumerate(story, start=2):
            day += APART
            expected = happen(sample, day)
            if cause == "definition":
                count_one_more(patch)
            begun = time.process_time()
            sample.built = publish(folders, day, number)
            seconds = time.process_time() - begun
            found = moved(sample.built)
            compare(f"publication {number}, {happen.__name__}", cause, expected, found)
            yield Figure("year", f"publication {number}: {happen.__name__}", seconds, rows=len(found))
    edited = sample.built.value("select count(*) from marts.rpt_target_integrity where plan_status = 'edited'")
    if edited != 1:
        raise WrongStory(f"{edited} targets are told to be edited; expected the one that was")


def publish(folders: Folders, day: date, number: int) -> Warehouse:
    """Build the marts and keep them as a night would. Fails if a promise about what moved is broken."""
    built = build_marts(folders, day.isoformat(), later_night=number > 1, only=MODELS)
    if broken := broken_promises(built):
        raise WrongStory(f"publication {number}: {broken}")
    with connected(built.file) as connection:
        kept.prepare(connection, f"build {number}")
        kept.confirm(connection, f"build {number}")
    return built


def compare(what: str, cause: str, expected: Moves, found: Mapping[tuple[str, str, str, str], Decimal]) -> None:
    """Raise WrongStory unless the causes and amounts are those that were expected."""
    causes = {told for *_, told in found}
    if causes != ({cause} if expected else set()):
        raise WrongStory(f"{what}: the causes {sorted(causes)} are told; expected {cause or 'none'}")
    sums: dict[str, Decimal] = {}
    for (figure, *_), amount in found.items():
        sums[figure] = sums.get(figure, Decimal(0)) + amount
    wrong = {figure for figure in sums.keys() | expected.keys() if figure not in sums or figure not in expected}
    wrong |= {figure for figure, amount in expected.items() if amount is not None and sums.get(figure) != amount}
    if wrong:
        told = {figure: (str(sums.get(figure)), str(expected.get(figure))) for figure in sorted(wrong)}
        raise WrongStory(f"{what}: found and expected differ: {told}")


# ---------------------------------------------------------------- what happens


def late_data(sample: Sample, day: date) -> Moves:
    """A known visitor's page view is delivered late, from the weeks before a deal was closed."""
    visitor, at = sample.built.rows(
        """
        select known.identifier, deal.close_date - 3
        from marts.fct_opportunities as deal
        inner join intermediate.int_identity__person_identifiers as known
            on known.person_id = deal.originator_person_id and known.identifier_type = 'anonymous_id'
        where deal.is_won order by deal.opportunity_id, known.identifier limit 1
        """
    )[0]
    _page_view(sample, visitor, at, "partner-site")
    return {"credited": Decimal(0)}


def identity(sample: Sample, day: date) -> Moves:
    """A visitor whom nobody knew turns out to be the person whom a deal came from."""
    email, at = sample.built.rows(
        """
        select lead."Email", deal.close_date - 2
        from marts.fct_opportunities as deal
        inner join intermediate.int_identity__person_identifiers as known
            on known.person_id = deal.originator_person_id and known.identifier_type = 'salesforce_lead'
        inner join raw_salesforce.lead as lead on lead."Id" = known.identifier
        where deal.is_won and lead."Email" is not null order by deal.opportunity_id limit 1
        """
    )[0]
    _page_view(sample, "a-visitor-whom-nobody-knew", at, "newsletter-of-others")
    # The view alone is a publication of its own, in which nothing moves.
    sample.built = publish(sample.folders, day - timedelta(days=1), 2)
    compare("a visitor whom nobody knows", "", {}, moved(sample.built))
    sample.append(
        "segment/identifies.csv.gz",
        id="identify-late",
        anonymousid="a-visitor-whom-nobody-knew",
        userid=email,
        email=email,
        timestamp=f"{at}T12:05:00.000Z",
    )
    return {"credited": Decimal(0)}


def configuration(sample: Sample, day: date) -> Moves:
    """Paid search is called by another name: credit and spend pass from one channel to the other."""
    rules = sample.folders.reference_dir / "channel_rules.csv"
    rules.write_text(rules.read_text().replace(",paid_search\n", ",search_ads\n"))
    return {"credited": Decimal(0), "spend": Decimal(0)}


def deal_changed(sample: Sample, day: date) -> Moves:
    opportunity, original, _ = _deal(sample)
    sample.change("salesforce/Opportunity.csv", "Id", opportunity, Amount=str(original + 1000), **_modified(day))
    return dict.fromkeys(PARTS, Decimal(1000))


def deletion(sample: Sample, day: date) -> Moves:
    opportunity, _, amount = _deal(sample)
    sample.change("salesforce/Opportunity.csv", "Id", opportunity, IsDeleted="true", **_modified(day))
    return dict.fromkeys(PARTS, -amount)


def new_deal(sample: Sample, day: date) -> Moves:
    """A deal that was won in the four weeks before, at an account without touches of its own."""
    user, account = sample.built.rows(
        "select owner_user_id, account_id from marts.fct_opportunities where is_won order by opportunity_id limit 1"
    )[0]
    won = day - timedelta(days=2)
    sample.append(
        "salesforce/Opportunity.csv",
        **{"Id": "0065g00000ZZZ01AAA", "AccountId": account, "Name": "The new one", "StageName": "Closed Won"},
        **{"Type": "New Business", "Amount": "4321.00", "CurrencyIsoCode": "USD", "Probability": "100"},
        **{"IsClosed": "true", "IsWon": "true", "CloseDate": won.isoformat(), "OwnerId": user, "CreatedById": user},
        **{"CreatedDate": f"{won - timedelta(days=9)}T10:00:00.000+0000", "IsDeleted": "false"},
        **_modified(day),
    )
    return dict.fromkeys(PARTS, Decimal(4321))


def currency(sample: Sample, day: date) -> Moves:
    """A month's rate of the pound was wrong: twice as many dollars are a pound."""
    month, rate = sample.built.rows(
        """
        select rate."StartDate"::date, rate."ConversionRate"
        from raw_salesforce.dated_conversion_rate as rate
        inner join marts.fct_opportunities as deal
            on deal.currency = rate."IsoCode" and date_trunc('month', deal.close_date) = rate."StartDate"
        where rate."IsoCode" = 'GBP' and deal.is_won order by 1 limit 1
        """
    )[0]
    half = Decimal(str(rate)) / 2
    (change,) = sample.built.rows(
        f"""
        select sum(cast(amount_original / {half} as decimal(18, 2)) - amount) from marts.fct_opportunities
        where is_won and currency = 'GBP' and date_trunc('month', close_date) = date '{month}'
        """
    )[0]
    path = sample.folders.landing_dir / "salesforce" / "DatedConversionRate.csv"
    (record,) = [
        row["Id"]
        for row in csv.DictReader(io.StringIO(_text(path)))
        if row["IsoCode"] == "GBP" and row["StartDate"].startswith(f"{month}")
    ]
    sample.change("salesforce/DatedConversionRate.csv", "Id", record, ConversionRate=str(half), **_modified(day))
    # What was spent in pounds in that month is other dollars as well.
    return {"won_revenue": change, "originated": change, "credited": change, "pipeline": None, "spend": None}


def definition(sample: Sample, day: date) -> Moves:
    """Another version of the code counts every deal one unit more."""
    (deals,) = sample.built.rows("select count(*) from marts.fct_opportunities where is_won")[0]
    return {"won_revenue": Decimal(deals), "originated": Decimal(deals), "credited": None, "pipeline": None}


def edited_target(sample: Sample, day: date) -> Moves:
    """A target whose month has passed is edited: it is told, and nothing moves."""
    path = sample.folders.landing_dir / "planning" / "targets.csv"
    lines = path.read_text().split("\n")
    columns, first = lines[0].split(","), lines[1].split(",")
    first[columns.index("target")] = "1"
    path.write_text("\n".join([lines[0], ",".join(first), *lines[2:]]))
    return {}


def nothing(sample: Sample, day: date) -> Moves:
    """Four weeks pass."""
    return {}


def _deal(sample: Sample) -> tuple[str, Decimal, Decimal]:
    """A won deal in dollars: its id, and its amount as the CRM has it and as the marts have it."""
    opportunity, original, amount = sample.built.rows(
        "select opportunity_id, amount_original, amount from marts.fct_opportunities "
        "where is_won and currency = 'USD' and opportunity_type = 'new_business' order by opportunity_id limit 1"
    )[0]
    return opportunity, original, amount


def _modified(day: date) -> dict[str, str]:
    moment = f"{day - timedelta(days=1)}T09:00:00.000+0000"
    return {"LastModifiedDate": moment, "SystemModstamp": moment}


def _page_view(sample: Sample, visitor: str, day: date, source: str) -> None:
    folder = sample.folders.landing_dir / "segment" / "pages"
    address = f"https://www.halyard.example/?utm_source={source}&utm_medium=referral"
    with connected(folder.parent / "_new.duckdb") as connection:
        connection.execute(
            f"""
            copy (
                select 'late-{source}' as id, '{visitor}' as anonymous_id, timestamp '{day} 12:00:00' as timestamp,
                    '{address}' as url
            ) to '{folder / f"part-{source}.parquet"}' (format parquet)
            """
        )
    (folder.parent / "_new.duckdb").unlink()
