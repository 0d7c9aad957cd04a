"""What is kept of each publication in the build file: which inputs it was made of, what it said, and what had moved.

What lives here: naming the publication that a build would make, and keeping it if it is published. What doesn't: the
figures and the causes, which the models in `intermediate/publications` work out.

A publication is kept in two steps around the moment in which its file replaces yesterday's: `prepare` before, `confirm`
after. Of a run that was killed in between, `settle` finds out from the published file which of the two it is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

import duckdb

from dagster_project.engine import identifier, literal, only_row, transaction
from dagster_project.landing.answers import loaded_settings
from dagster_project.publish import inputs, seals
from dagster_project.publish.versioned import add_versions
from dagster_project.quality.builds import naive_utc
from dagster_project.reference.tables import TABLES_BY_NAME
from dagster_project.settings import PROJECT_ROOT

# The state of a publication, each kept as versions: the model that has today's, and the table that keeps all.
STATES = {
    "int_publications__opportunities": "kept_opportunities",
    "int_publications__credit": "kept_credit",
    "int_publications__mqls": "kept_mqls",
    "int_publications__spend": "kept_spend",
    "int_publications__figures": "kept_figures",
    "int_publications__targets": "kept_targets",
    "int_publications__target_results": "kept_target_results",
}

# The mart by which a build tells that it has all of the above.
MART = "dim_publication"

# A seal moves no figure, so that it is no cause of a difference; another publication it is all the same. Nor does an
# erasure.
_SEALS = frozenset({"sealed_months"})
_RULES_OF_FIGURES = frozenset(TABLES_BY_NAME) - _SEALS - {"erasures"}

_DEFINITIONS = (("dbt_models/models", (".sql", ".py")), ("dbt_models/macros", (".sql",)))
_CODE = (("dagster_project", (".py", ".yml")), ("requirements.lock", (".lock",)))


@dataclass(frozen=True)
class _Rules:
    """What decides on one part of the state, beside the data: reference tables, settings and folders of models."""

    tables: frozenset[str]
    settings: frozenset[str]
    folders: tuple[str, ...]

    @property
    def places(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        folders = ("dbt_models/macros", "dbt_models/models/staging", *self.folders)
        return tuple((folder, (".sql", ".py")) for folder in folders)


# An edit of these makes other people or touches of the same records. That an opportunity's people or touches are others
# proves no new data on such a night, so the edit comes first. A table that is missing here is told as the data's.
_PEOPLE = _Rules(
    tables=frozenset(
        {"consent_values", "free_email_domains", "placeholder_companies", "placeholder_emails", "shared_mailboxes"}
    ),
    settings=frozenset(
        {
            "anonymous_id_max_people",
            "buying_group_scope",
            "company_name_max_domains",
            "consent_fields",
            "conversion_max_leads",
            "email_max_records",
            "key_max_browsers",
            "key_max_names",
            "merge_max_records",
            "user_id_properties",
        }
    ),
    folders=tuple(f"dbt_models/models/intermediate/{room}" for room in ("unified", "accounts", "identity")),
)
_TOUCHES = _Rules(
    tables=frozenset({"own_domains", "stopover_domains"}),
    settings=frozenset({"internal_email_domains", "session_timeout_minutes", "timezone", "touch_events"}),
    folders=tuple(
        f"dbt_models/models/intermediate/{room}" for room in ("unified", "campaigns", "activities", "touchpoints")
    ),
)


def begin(connection: duckdb.DuckDBPyConnection, as_of: datetime) -> None:
    """Name the publication that a build of what is loaded now would make. Raw and reference tables must be loaded.

    It has the number after the last one's, unless it is the last one again: the same inputs as of the same timestamp.
    """
    (is_sample,) = connection.execute("select max(is_sample) from audit.landing_folder").fetchone() or (None,)
    seals.ensure_held(connection, seals.loaded(connection), is_sample)
    fingerprints = (
        files_fingerprint(connection),
        reference_fingerprint(connection),
        code_fingerprint(),
        definitions_fingerprint(),
    )
    rules = [
        fingerprint
        for part in (_PEOPLE, _TOUCHES)
        for fingerprint in (
            reference_fingerprint(connection, part.tables, part.settings),
            _source_fingerprint(part.places),
        )
    ]
    moment = naive_utc(as_of)
    named_by = (moment.isoformat(), *fingerprints, reference_fingerprint(connection, _SEALS))
    digest = hashlib.blake2b("|".join(named_by).encode(), digest_size=6).hexdigest()
    # A company's figures are never compared with the sample's.
    found = connection.execute(
        """
        select publication_number, publication_id, previous_number, files_fingerprint, known_until
        from audit.kept_publications
        where is_published and is_sample is not distinct from ?
        order by publication_number desc limit 1
        """,
        [is_sample],
    ).fetchone()
    (last,) = only_row(connection, "select coalesce(max(publication_number), 0) from audit.kept_publications")
    if found and found[0] == last and str(found[1]).endswith(digest):
        number, previous = found[0], found[2]
    else:
        number, previous = last + 1, found[0] if found else None
    # Not the clock: the same inputs as of the same timestamp say the same, whenever they run.
    known_until = found[4] if found and found[3] == fingerprints[0] else moment
    connection.execute("delete from audit.publication_in_progress")
    connection.execute(
        """
        insert into audit.publication_in_progress
        select ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, tick, ? from audit.raw_clock
        """,
        [number, f"P{number:05d}-{digest}", previous, is_sample, moment, known_until, *fingerprints, *rules, commit()],
    )
    # What the same publication was made of is kept already.
    if number > last:
        inputs.keep(connection, number)


def prepare(connection: duckdb.DuckDBPyConnection, build_id: str) -> None:
    """Keep what the build says, not yet as published. What was published before it stays as it is."""
    (number,) = only_row(connection, "select publication_number from audit.publication_in_progress")
    if only_row(connection, "select count(*) from audit.kept_publications where publication_number = ?", [number])[0]:
        return  # the same publication again
    with transaction(connection):
        for model, kept in STATES.items():
            add_versions(connection, f"intermediate.{model}", f"audit.{kept}", number)
        connection.execute(
            """
            insert into audit.kept_restatements by name
            select publication_number, figure, report_month, member, cause, subject_type, subject_id, change_amount,
                evidence, previous_amount, current_amount
            from intermediate.int_publications__bridge
            """
        )
        seals.keep(connection, number)
        connection.execute(
            """
            insert into audit.kept_publications by name
            select in_progress.*, pair.reporting_currency, pair.report_model, pair.creation_run,
                ? as build_id, false as is_published
            from audit.publication_in_progress as in_progress
            cross join intermediate.int_publications__pair as pair
            """,
            [build_id],
        )


def confirm(connection: duckdb.DuckDBPyConnection, build_id: str) -> None:
    """What was prepared of the build is published."""
    connection.execute("update audit.kept_publications set is_published = true where build_id = ?", [build_id])


def forget(connection: duckdb.DuckDBPyConnection) -> None:
    """Remove inputs of publications that are as of longer ago than `keep_publications_days`; what they said stays.

    By AS_OF and not by the clock, as of the latest publication: its own inputs always stay.
    """
    # 0 keeps everything, as where the reference tables lack the setting.
    days = int(loaded_settings(connection).get("keep_publications_days") or 0)
    latest = connection.execute(
        "select publication_number, as_of from audit.kept_publications where is_published "
        "order by publication_number desc limit 1"
    ).fetchone()
    if not days or latest is None:
        return
    number, as_of = latest
    with transaction(connection):
        connection.execute(
            "update audit.kept_publications set inputs_removed_by = ? "
            "where inputs_removed_by is null and as_of < ? and publication_number < ?",
            [number, as_of - timedelta(days=days), number],
        )
        inputs.remove_unneeded(connection)


def settle(connection: duckdb.DuckDBPyConnection, published_file: Path) -> None:
    """Confirm what a killed run had published, and take back what it hadn't."""
    pending = connection.execute(
        "select publication_number, build_id from audit.kept_publications where not is_published"
    ).fetchall()
    if not pending:
        return
    published = _published_builds(connection, published_file)
    for number, build_id in pending:
        if build_id in published:
            confirm(connection, build_id)
        else:
            take_back(connection, number)


def take_back(connection: duckdb.DuckDBPyConnection, number: int) -> None:
    """Forget what was prepared of a publication that never came about."""
    with transaction(connection):
        for kept in STATES.values():
            connection.execute(f"delete from audit.{kept} where valid_from = ?", [number])
            connection.execute(f"update audit.{kept} set valid_to = null where valid_to = ?", [number])
        for table in ("kept_restatements", "kept_publications"):
            connection.execute(f"delete from audit.{table} where publication_number = ?", [number])
        seals.take_back(connection, number)


def _published_builds(connection: duckdb.DuckDBPyConnection, published_file: Path) -> set[str]:
    if not published_file.exists():
        return set()
    try:
        connection.execute(f"attach {literal(str(published_file))} as settled (read_only)")
    except duckdb.Error:
        return set()  # what can't be opened is replaced all the same
    try:
        return {
            build
            for (build,) in connection.execute("select distinct build_id from settled.audit.publications").fetchall()
        }
    except (duckdb.CatalogException, duckdb.BinderException):
        return set()  # published before builds were named
    finally:
        connection.execute("detach settled")


def files_fingerprint(connection: duckdb.DuckDBPyConnection) -> str:
    """The same for the same records, in whatever files and order they came."""
    columns: dict[str, list[str]] = {}
    for schema, table, column in connection.execute(
        """
        select schema_name, table_name, column_name
        from duckdb_columns()
        inner join duckdb_tables() as tables using (database_name, schema_name, table_name)
        where database_name = current_database() and schema_name like 'raw\\_%' escape '\\'
            and (column_name not like '\\_%' escape '\\' or column_name = '_deleted_at')
            and tables.estimated_size > 0
        order by schema_name, table_name, column_index
        """
    ).fetchall():
        columns.setdefault(f"{identifier(schema)}.{identifier(table)}", []).append(identifier(column))
    queries = [
        f"select {literal(name)} as name, count(*) as records, sum(hash({', '.join(names)})) as mark from {name}"
        for name, names in columns.items()
    ]
    if not queries:
        return digest([])
    found = connection.execute(f"select * from ({' union all '.join(queries)}) where records > 0 order by name")
    return digest(str(row) for row in found.fetchall())


def reference_fingerprint(
    connection: duckdb.DuckDBPyConnection,
    tables: frozenset[str] = _RULES_OF_FIGURES,
    settings: frozenset[str] = frozenset(),
) -> str:
    """Of the rows of the reference tables that move figures, in their order where it decides; or of some tables."""
    present = {
        name
        for (name,) in connection.execute(
            "select table_name from duckdb_tables() where database_name = current_database() "
            "and schema_name = 'reference'"
        ).fetchall()
    }
    rows = [
        str((name, connection.execute(f"from reference.{identifier(name)} order by all").fetchall()))
        for name in sorted(present & tables)
    ]
    if settings and "settings" in present:
        listed = connection.execute("select key, value from reference.settings order by all").fetchall()
        rows += [str((key, value)) for key, value in listed if key in settings]
    return digest(rows)


def code_fingerprint() -> str:
    """Of the project's Python files, its landing list and the pinned packages."""
    return _source_fingerprint(_CODE)


def definitions_fingerprint() -> str:
    """Of the SQL of all models."""
    return _source_fingerprint(_DEFINITIONS)


@cache
def _source_fingerprint(places: tuple[tuple[str, tuple[str, ...]], ...]) -> str:
    """Of the project's own files below the places, by their paths within it."""
    files = [
        file
        for place, suffixes in places
        for file in ([PROJECT_ROOT / place] if (PROJECT_ROOT / place).is_file() else (PROJECT_ROOT / place).rglob("*"))
        if file.suffix in suffixes
    ]
    return digest(
        f"{file.relative_to(PROJECT_ROOT)} {hashlib.blake2b(file.read_bytes()).hexdigest()}" for file in sorted(files)
    )


def commit() -> str | None:
    """The commit that the project's folder stands at; none where it isn't a clone."""
    git = PROJECT_ROOT / ".git"
    try:
        head = (git / "HEAD").read_text(encoding="utf-8").strip()
        if not head.startswith("ref: "):
            return head
        ref = head.removeprefix("ref: ")
        if (git / ref).exists():
            return (git / ref).read_text(encoding="utf-8").strip()
        packed = (git / "packed-refs").read_text(encoding="utf-8").splitlines()
        return next((line.split()[0] for line in packed if line.endswith(f" {ref}")), None)
    except OSError:
        return None


def digest(parts: Iterable[str]) -> str:
    """A short hash of texts in their order."""
    return hashlib.blake2b("\n".join(parts).encode(), digest_size=8).hexdigest()
