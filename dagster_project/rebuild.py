"""Building the models beside the warehouse: in a folder of its own, from what publications were made of.

What lives here: looking up a publication and saying which of its inputs is gone, filling a build file with its inputs,
and the one dbt run on it. What doesn't: comparing with what was published (reproduce.py), and other reference tables
(whatif.py). The real build file is only read; nothing is published.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from dagster_project.audit.schema import VERSION, prepare_audit, version_of
from dagster_project.engine import connected, literal, only_row
from dagster_project.permissions import private_umask
from dagster_project.publish import inputs, kept
from dagster_project.publish.versioned import columns_of
from dagster_project.transform.project import DBT_PROJECT_DIR, PARSED_DBT, dbt_environment, prepared_project

# The build file, as it is attached to the file that is filled.
BUILD = "warehouse_build"

# Builds models in a build file: those of the names with what they read, or every one.
Builder = Callable[[Path, Sequence[str]], None]

# What publications said, and what holds whatever moves later: kept from the publication whose number stands in the
# column, to be left out of a build of an earlier one.
_BY_NUMBER = {"kept_restatements": "publication_number", "kept_seals": "sealed_by"}


class CannotRebuild(RuntimeError):
    """A publication can't be built again; the message is one line: which input is gone, and what to do."""


@dataclass(frozen=True)
class KeptPublication:
    """A publication, as the build file keeps it."""

    number: int
    publication_id: str
    as_of: datetime
    build_id: str
    is_sample: bool | None
    files_fingerprint: str
    reference_fingerprint: str
    code_fingerprint: str
    definitions_fingerprint: str
    raw_tick: int | None
    code_commit: str | None
    inputs_removed_by: int | None


@contextmanager
def read_only(build_file: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The real build file. Raises CannotRebuild where there is none, or a night has it open."""
    if not build_file.exists():
        raise CannotRebuild(
            f"{build_file}: there is no build file; expected the warehouse of a night; run make run first"
        )
    try:
        with connected(build_file, read_only=True) as connection:
            yield connection
    except duckdb.IOException as error:
        if "lock" not in str(error):
            raise
        raise CannotRebuild(
            f"{build_file} is held open by another program; expected nobody else in it while it is read; wait until "
            "the night has ended"
        ) from None


def publication(connection: duckdb.DuckDBPyConnection, build_file: Path, name: str | None) -> KeptPublication:
    """The publication of that id, or of its number as in P00012; the latest one without a name."""
    found = version_of(connection)
    if found != VERSION:
        raise CannotRebuild(
            f"{build_file}: its schema audit has version {found}, expected {VERSION}: "
            + ("run a night of this release first" if found < VERSION else "a later release wrote it; run that one")
        )
    rows = connection.execute(
        """
        select publication_number, publication_id, as_of, build_id, is_sample, files_fingerprint, reference_fingerprint,
            code_fingerprint, definitions_fingerprint, raw_tick, code_commit, inputs_removed_by
        from audit.kept_publications where is_published order by publication_number
        """
    ).fetchall()
    all_kept = [KeptPublication(*row) for row in rows]
    if not all_kept:
        raise CannotRebuild(f"{build_file}: nothing was published so far; run a night first")
    if name is None:
        return all_kept[-1]
    named = [one for one in all_kept if name in (one.publication_id, one.publication_id.partition("-")[0])]
    if not named:
        raise CannotRebuild(
            f"{name!r} is no publication of {build_file}; expected one of {all_kept[0].publication_id} to "
            f"{all_kept[-1].publication_id}: marts.dim_publication lists them"
        )
    return named[0]


def ensure_inputs_kept(connection: duckdb.DuckDBPyConnection, wanted: KeptPublication) -> None:
    """Raise CannotRebuild if the publication was made by other code, or its inputs are no longer kept."""
    if wanted.raw_tick is None:
        raise CannotRebuild(
            f"{wanted.publication_id} was published by a release that kept no inputs: raw records, reference tables "
            "and memory of that day are gone; publications since can be built again"
        )
    if wanted.inputs_removed_by is not None:
        raise CannotRebuild(
            f"{wanted.publication_id}: the former versions of raw records and the reference tables that it was made of "
            f"were removed after publication {wanted.inputs_removed_by}, because it is as of {wanted.as_of:%Y-%m-%d} "
            "and keep_publications_days lets them go; later publications can be built again"
        )
    ensure_same_code(wanted)


def ensure_same_code(wanted: KeptPublication) -> None:
    """Raise CannotRebuild if the publication was made by other code."""
    others = [
        what
        for what, now, then in (
            ("code", kept.code_fingerprint(), wanted.code_fingerprint),
            ("models", kept.definitions_fingerprint(), wanted.definitions_fingerprint),
        )
        if now != then
    ]
    if others:
        commit = f"check out commit {wanted.code_commit}" if wanted.code_commit else "take the release of that day"
        raise CannotRebuild(
            f"{wanted.publication_id} was made by other {' and '.join(others)} (fingerprints of code "
            f"{wanted.code_fingerprint}, of models {wanted.definitions_fingerprint}); {commit}, in a clone of its own, "
            "and run this command there with the same THROUGHLINE_WAREHOUSE_DIR. If that has other fingerprints, "
            "its files had been edited"
        )


def fill(build_file: Path, wanted: KeptPublication, target: Path, *, as_if_next: bool = False) -> None:
    """Fill a new build file with what the publication was made of, in place of what a killed command left there.

    With `as_if_next`, the next build in the file is one after the publication: with what it said and established.
    Raises CannotRebuild where what is kept isn't what it was made of.
    """
    assert wanted.raw_tick is not None
    folder = target.parent
    with private_umask():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True, mode=0o700)
        with connected(target) as connection:
            prepare_audit(connection)
            connection.execute(f"attach {literal(str(build_file))} as {BUILD} (read_only)")
            try:
                inputs.restore(connection, BUILD, wanted.number, wanted.raw_tick, with_its_memory=as_if_next)
            except inputs.InputGone as error:
                raise CannotRebuild(f"{wanted.publication_id}: {error}") from None
            _restore_publications(connection, wanted, wanted.number + 1 if as_if_next else wanted.number)
            connection.execute(f"detach {BUILD}")
            _compare(connection, wanted)


def dbt_run(build_file: Path, models: Sequence[str] = ()) -> None:
    """Build models with dbt, without their tests. Raises CannotRebuild with what dbt said."""
    project = prepared_project()
    artifacts = build_file.parent / "dbt"
    command = [
        *(sys.executable, "-P", str(PARSED_DBT), str(project.project_dir)),
        *("--quiet", "--no-use-colors", "run"),
        *("--project-dir", str(DBT_PROJECT_DIR), "--profiles-dir", str(DBT_PROJECT_DIR)),
        *("--target-path", str(artifacts), "--log-path", str(artifacts)),
        *(["--select", *(f"+{model}" for model in models)] if models else []),
    ]
    environment = {**os.environ, **dbt_environment(None), "THROUGHLINE_BUILD_FILE": str(build_file)}
    done = subprocess.run(command, env=environment, cwd=DBT_PROJECT_DIR, capture_output=True, text=True, check=False)
    if done.returncode:
        said = " ".join(f"{done.stdout}{done.stderr}".split())
        raise CannotRebuild(f"{build_file}: dbt could not build the models: {said[-1500:]}")


def _restore_publications(connection: duckdb.DuckDBPyConnection, wanted: KeptPublication, before: int) -> None:
    """What publications of lower numbers than `before` said, and what the publication in progress is."""
    source = f"{BUILD}.audit"
    for table in kept.STATES.values():
        columns = ", ".join(columns_of(connection, f"audit.{table}"))
        connection.execute(
            f"insert into audit.{table} by name select {columns}, valid_from, "
            f"case when valid_to < {before} then valid_to end as valid_to "
            f"from {source}.{table} where valid_from < {before}"
        )
    for table, number in _BY_NUMBER.items():
        connection.execute(f"insert into audit.{table} by name from {source}.{table} where {number} < {before}")
    connection.execute(
        "insert into audit.kept_publications by name select * replace (null as inputs_removed_by) "
        f"from {source}.kept_publications where is_published and publication_number < {before}"
    )
    in_progress = ", ".join(columns_of(connection, "audit.publication_in_progress"))
    connection.execute(
        f"insert into audit.publication_in_progress by name select {in_progress} "
        f"from {source}.kept_publications where publication_number = {wanted.number}"
    )
    connection.execute("update audit.raw_clock set tick = ?", [wanted.raw_tick])
    connection.execute("insert into audit.landing_folder values (null, ?, null)", [wanted.is_sample])


def _compare(connection: duckdb.DuckDBPyConnection, wanted: KeptPublication) -> None:
    """Raise CannotRebuild unless the inputs are, by their fingerprints, those of the publication."""
    for what, found, expected, why in (
        (
            "raw records",
            kept.files_fingerprint(connection),
            wanted.files_fingerprint,
            "some were removed or changed other than by a load or an erasure: by hand",
        ),
        (
            "reference tables",
            kept.reference_fingerprint(connection),
            wanted.reference_fingerprint,
            "versions of them were removed from audit.kept_inputs",
        ),
    ):
        if found != expected:
            raise CannotRebuild(
                f"{wanted.publication_id}: the {what} that are kept are not those that it was made of (fingerprint "
                f"{found}, expected {expected}): {why}"
            )


def mart_hashes(connection: duckdb.DuckDBPyConnection, build_id: str) -> dict[str, tuple[int, str]]:
    """What a build's publication has of each table: its rows and their hash."""
    return {
        table: (rows, content)
        for table, rows, content in connection.execute(
            "select distinct table_name, row_count, content_hash from audit.publications where build_id = ? order by 1",
            [build_id],
        ).fetchall()
    }


def figures_after_erasures(connection: duckdb.DuckDBPyConnection, wanted: KeptPublication) -> dict[str, str]:
    """By table the hash of what no erasure changes; empty where nobody was forgotten since the publication."""
    return dict(
        connection.execute(
            """
            select distinct table_name, figures_hash from audit.publications
            where build_id = $build and figures_hash is not null
                and exists (from audit.erasures where coalesce(publication_number, 0) >= $number)
            """,
            {"build": wanted.build_id, "number": wanted.number},
        ).fetchall()
    )


def salt_of(connection: duckdb.DuckDBPyConnection) -> str:
    """The salt of the addresses' hashes at the time."""
    return str(only_row(connection, "select max(email_salt) from reference.run_context")[0] or "")
