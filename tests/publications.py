"""Publications of made-up companies without a whole night: built by `build_marts` and kept as a night would keep them.

What lives here: publishing what was built, and asking what moved. What doesn't: the promise itself, which is read from
`expectations/`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from dagster_project.engine import connected
from dagster_project.publish import kept
from dagster_project.publish.publisher import publish
from dagster_project.quality.suites import load_suites
from tests import compiled_models
from tests.company import Company
from tests.compiled_models import build_models
from tests.runs import Warehouse, build_marts

MODELS = (
    "rpt_restatements",
    "rpt_sealed_months",
    "rpt_target_integrity",
    "dim_publication",
    "int_publications__bridge",
    "int_publications__targets",
    "int_publications__target_results",
    "dim_campaign",
)
# Further marts of a published file: views, with what they read.
FILE_MODELS = (
    *MODELS,
    "fct_touchpoints",
    "fct_attribution",
    "explain_credit",
    "rpt_lead_to_revenue",
    "rpt_source_coverage",
)

MARTS = "select table_name from information_schema.tables where table_schema = 'marts'"

# Whose blocking promises every publication must keep.
PROMISED = ("marts.rpt_restatements", "marts.rpt_sealed_months")


def won_deals(
    company: Company, creators: Sequence[str], *, mailbox: str = "buyer", currencies: Sequence[str] | None = None
) -> None:
    """For each creator an account A1, A2, … with a contact of theirs, and a deal of 100.00 that the rep won."""
    for number, creator in enumerate(creators, start=1):
        company.account(f"A{number}", created="2024-01-10", created_by=creator)
        company.contact(
            f"C{number}",
            account=f"A{number}",
            created="2024-01-10",
            created_by=creator,
            email=f"{mailbox}@firm{number}.example",
        )
        company.opportunity(
            f"O{number}",
            account=f"A{number}",
            created="2024-02-01",
            created_by="rep",
            amount="100.00",
            won="2024-03-01",
            currency=currencies[number - 1] if currencies else None,
        )


def count_one_more(patch: pytest.MonkeyPatch) -> None:
    """From now on another version of the code, by which every deal counts one unit more."""
    models = compiled_models.compiled_models

    def one_more(*arguments: Any) -> tuple[compiled_models.CompiledModel, ...]:
        return tuple(
            replace(model, code=f"select * replace (cast(amount + 1 as decimal(18, 2)) as amount) from ({model.code})")
            if model.name == "int_revenue__opportunities"
            else model
            for model in models(*arguments)
        )

    patch.setattr(compiled_models, "compiled_models", one_more)
    patch.setattr(kept, "_source_fingerprint", lambda places: "another")


class Publisher:
    """Builds and keeps one publication of a company after the other."""

    def __init__(
        self, company: Company, as_of: str = "2024-12-31", number: int = 0, models: Sequence[str] = FILE_MODELS
    ) -> None:
        self.models = models
        self.company = company
        self.as_of = as_of
        self.number = number

    def publish_file(self, as_of: str | None = None) -> str:
        """The next publication with its published file, as a night writes it; its id."""
        self.company.is_delivered = False
        built = build_marts(self.company, as_of or self.as_of, later_night=self.number > 0, only=self.models)
        assert broken_promises(built) == {}
        self.number += 1
        publish(
            built.file,
            self.published_file,
            marts=[name for (name,) in built.rows(MARTS)],
            run_id=f"run {self.number}",
            as_of=datetime.fromisoformat(as_of or self.as_of).replace(hour=23, minute=59, tzinfo=UTC),
            build_id=f"build {self.number}",
            salt="test",
            replace_newer=True,
        )
        return str(built.value("select max(publication_id) from audit.kept_publications"))

    @property
    def published_file(self) -> Path:
        return self.company.warehouse_dir / "published" / "throughline.duckdb"

    @property
    def build_file(self) -> Path:
        return self.company.warehouse_dir / "throughline.duckdb"

    def publish(self, as_of: str | None = None) -> Warehouse:
        """The next publication, of the company's records as they are now. Fails if anything is unexplained."""
        # Written again: records that tests changed since are other files.
        self.company.is_delivered = False
        built = build_marts(self.company, as_of or self.as_of, later_night=self.number > 0, only=MODELS)
        assert broken_promises(built) == {}
        self.number += 1
        with connected(built.file) as connection:
            kept.prepare(connection, f"build {self.number}")
            kept.confirm(connection, f"build {self.number}")
        return built


def build_again(build_file: Path, models: Sequence[str] = ()) -> None:
    """What dbt would do in a file that was filled with a publication's inputs."""
    with connected(build_file) as connection:
        remembers = connection.execute(
            "select 1 from duckdb_tables() where table_name = 'int_identity__creation_memory'"
        ).fetchone()
        connection.begin()
        build_models(connection, is_first_night=remembers is None, only=models)
        connection.commit()


def broken_promises(built: Warehouse) -> dict[str, list[tuple]]:
    """What breaks the promises of restatements and sealed months, by promise."""
    found = {
        promise.name: built.rows(str(promise.sql).format(batch=suite.table))
        for suite in load_suites()
        if suite.table in PROMISED
        for promise in suite.of_severity("blocking")
    }
    return {name: rows for name, rows in found.items() if rows}


def moved(built: Warehouse, figure: str = "%") -> dict[tuple[str, str, str, str], Decimal]:
    """What the latest publication changed, by figure, month, member and cause."""
    rows = built.rows(
        f"""
        select figure, report_month_name, member, cause, change_amount from marts.rpt_restatements
        where publication_id = (select max(publication_id) from marts.dim_publication) and figure like '{figure}'
        """
    )
    return {(figure, month, member, cause): amount for figure, month, member, cause, amount in rows}
