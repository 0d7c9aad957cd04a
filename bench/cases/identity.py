"""Identity and originators: whom a million, and ten million, identifiers belong to, and whom the deals came from.

Measured are the models alone, from the start of the first to the end of the last, in the dbt process that builds them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import duckdb

from bench.crm import write_crm
from bench.measure import measure
from bench.models import run_models, settings_of, write_reference
from bench.options import Options
from bench.report import Figure

_ROOM = "path:models/intermediate/identity"
_ORIGINATORS = [
    "int_identity__originator_evidence",
    "int_identity__originator_memory",
    "int_identity__opportunity_originators",
    "int_identity__originator_changes",
    "int_identity__origin_overwrites",
]


def figures(options: Options) -> Iterator[Figure]:
    for identifiers in options.identifiers:
        scratch = str(options.scratch / f"identity_{identifiers}")
        measure(prepare, scratch=scratch, identifiers=identifiers)
        for night in ("first night", "second night"):
            people = measure(build_identity, scratch=scratch)
            yield Figure(
                "identity",
                f"people, {night}",
                people.seconds,
                people.peak_memory_mib,
                people.details.pop("rows"),
                details=people.details,
            )
            deals = measure(build_originators, scratch=scratch)
            yield Figure(
                "identity",
                f"originators of deals, {night}",
                deals.seconds,
                deals.peak_memory_mib,
                deals.details.pop("rows"),
                details=deals.details,
            )


def prepare(scratch: str, identifiers: int) -> None:
    """Load a CRM of that size and build what stands before identity."""
    from dagster_project.engine import connected
    from dagster_project.landing.catalog import catalog
    from dagster_project.landing.loader import load_objects

    settings = settings_of(scratch)
    write_crm(settings.landing_dir, identifiers)
    settings.warehouse_dir.mkdir(parents=True)
    with connected(settings.build_file) as connection:
        write_reference(connection, settings)
        load_objects(connection, catalog().objects, settings.landing_dir, settings.as_of)
    run_models(settings, ["+int_identity__origin_overwrites"], [_ROOM])


def build_identity(scratch: str) -> dict[str, Any]:
    result = run_models(settings_of(scratch), [_ROOM], _ORIGINATORS)
    return result | {"rows": _count(scratch, "int_identity__person_identifiers")}


def build_originators(scratch: str) -> dict[str, Any]:
    result = run_models(settings_of(scratch), _ORIGINATORS)
    return result | {"rows": _count(scratch, "int_identity__opportunity_originators")}


def _count(scratch: str, model: str) -> int:
    with duckdb.connect(str(settings_of(scratch).build_file), read_only=True) as connection:
        return connection.execute(f"select count(*) from intermediate.{model}").fetchone()[0]
