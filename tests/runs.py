"""Running Throughline on a made-up company: the real nightly job, or only the marts.

`run_nightly` is what production does, from landing to the published file. `build_marts` leaves out Great Expectations,
dbt's tests and publishing, for tests that need hundreds of runs, and builds what is asked for. Records and files live
in `company.py`.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, ClassVar
from unittest import mock

import duckdb

from dagster_project.audit.schema import prepare_audit
from dagster_project.engine import connected, transaction
from dagster_project.landing.catalog import catalog
from dagster_project.landing.loader import load_objects
from dagster_project.landing.raw_tables import ensure_tables
from dagster_project.publish import kept
from dagster_project.reference.loader import load_reference, write_run_context
from dagster_project.reference.validate import read_reference
from dagster_project.settings import Settings
from tests.company import Company, Folders
from tests.compiled_models import EVERY_MODEL, CompiledModel, build, chosen_models, compiled_models, standing_on
from tests.nothing_delivered import NothingDelivered, Untouched
from tests.once import once_for_all_processes


class Warehouse:
    """A warehouse file to ask, such as the published one."""

    def __init__(self, file: Path) -> None:
        self._file = file

    @property
    def file(self) -> Path:
        return self._file

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows of a query, which should order them."""
        with self._prepared(sql) as connection:
            return connection.execute(sql).fetchall()

    def records(self, sql: str) -> list[dict[str, Any]]:
        """The rows of a query as dictionaries."""
        with self._prepared(sql) as connection:
            result = connection.execute(sql)
            names = [column[0] for column in result.description]
            return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

    def value(self, sql: str) -> Any:
        """The only cell of a query's only row."""
        ((cell,),) = self.rows(sql)
        return cell

    @contextmanager
    def _prepared(self, sql: str) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection that finds everything that the query names."""
        with connected(self._file, read_only=True) as connection:
            yield connection


class Marts(Warehouse):
    """A build file whose models are built when a query first names them, with everything that they stand on.

    A test reads few of four hundred. Whoever takes the file itself gets all of them.
    """

    # By build file, its latest: another night on the same file ends the one before.
    _latest: ClassVar[dict[Path, Marts]] = {}

    def __init__(self, file: Path, models: Sequence[CompiledModel], *, is_first_night: bool, is_small: bool) -> None:
        super().__init__(file)
        self._unbuilt = {model.name: model for model in models}
        self._is_first_night = is_first_night
        self._is_small = is_small
        self._untouched = Untouched(_nothing_delivered())
        self._latest[file] = self

    @classmethod
    def remember(cls, file: Path) -> None:
        """Before a later night: what the latest one adds to from night to night."""
        if night := cls._latest.get(file):
            night._build({name for name, model in night._unbuilt.items() if model.is_incremental})

    @property
    def file(self) -> Path:
        self._build(self._unbuilt)
        return self._file

    @contextmanager
    def _prepared(self, sql: str) -> Iterator[duckdb.DuckDBPyConnection]:
        # A query of the catalog may mean any of them.
        named = self._unbuilt if "duckdb_" in sql else set(re.findall(r"\w+", sql)) & self._unbuilt.keys()
        # A file takes long to open and to close: who builds also answers.
        with self._built(named) if named else super()._prepared(sql) as connection:
            yield connection

    @contextmanager
    def _built(self, names: Collection[str]) -> Iterator[duckdb.DuckDBPyConnection]:
        """Build the models of these names and what they stand on, where they don't stand already."""
        assert self._latest[self._file] is self, "another night was built on this file since"
        chosen = standing_on(list(self._unbuilt.values()), names)
        with connected(self._file) as connection:
            if self._is_small:
                _for_few_records(connection)
            # One transaction: the file is written once, not after every model. Of many records that takes longer.
            with transaction(connection) if self._is_small else nullcontext():
                build(connection, chosen, self._is_first_night, self._untouched)
            for model in chosen:
                del self._unbuilt[model.name]
            yield connection

    def _build(self, names: Collection[str]) -> None:
        if names:
            with self._built(names):
                pass


@dataclass(frozen=True)
class Night:
    """What a nightly run left behind: whether it ended well, what it said if not, its failed checks and its two files.

    `failed_checks` maps `schema/table:check` to its severity (ERROR blocks, WARN doesn't) and what it found.
    """

    success: bool
    failure: str
    failed_checks: dict[str, str]
    published: Warehouse
    build: Warehouse

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows of a query on the published file."""
        return self.published.rows(sql)

    def records(self, sql: str) -> list[dict[str, Any]]:
        return self.published.records(sql)

    def value(self, sql: str) -> Any:
        return self.published.value(sql)


def run_nightly(company: Company | Folders, as_of: str = "2024-12-31", **environment: str) -> Night:
    """Write the company's files, unless `deliver` did, and run the job `nightly` on them, in this process."""
    import dagster as dg

    from dagster_project.definitions import defs

    if isinstance(company, Company) and not company.is_delivered:
        company.write()
    with throughline_environment(company, as_of, **environment), dg.DagsterInstance.ephemeral() as instance:
        _store_no_events(instance.event_log_storage)
        job = defs.resolve_job_def("nightly")
        result = job.execute_in_process(instance=instance, raise_on_error=False)
        failures = [
            event.step_failure_data.user_failure_data.description
            if event.step_failure_data.user_failure_data
            else str(event.step_failure_data.error)
            for event in result.all_events
            if event.is_step_failure
        ]
        for event in result.all_events:
            if event.is_job_failure:
                failures += [event.message or "", str(event.job_failure_data.error or "")]
        checks = {
            f"{evaluation.asset_key.to_user_string()}:{evaluation.check_name}": (
                f"{evaluation.severity.value}: {evaluation.description or ''}"
            )
            for evaluation in result.get_asset_check_evaluations()
            if not evaluation.passed
        }
    return Night(
        success=result.success,
        failure="\n".join(failure for failure in failures if failure),
        failed_checks=checks,
        published=Warehouse(company.warehouse_dir / "published" / "throughline.duckdb"),
        build=Warehouse(company.warehouse_dir / "throughline.duckdb"),
    )


def _store_no_events(storage: Any) -> None:
    """The result has all events of a run; to store them and to look for earlier ones takes more than half of a night of
    few records."""
    from dagster import EventRecordsResult

    storage.store_event = lambda event: None
    storage.get_asset_records = lambda asset_keys=None: []
    storage.fetch_observations = lambda *arguments, **named: EventRecordsResult([], cursor="", has_more=False)


def build_marts(
    company: Company | Folders,
    as_of: str = "2024-12-31",
    *,
    later_night: bool = False,
    select: tuple[str, ...] = EVERY_MODEL,
    only: Collection[str] = (),
) -> Marts:
    """Load the company's files; every model, or those selected, is there for the asking. No checks, no publishing.

    `only` names models: they and what they stand on are all that there is.

    From scratch, unless it is a later night: then raw and the memory of the nights before are kept.
    """
    if isinstance(company, Company) and not company.is_delivered:
        company.write()
    settings = _settings(company, as_of)
    if later_night:
        Marts.remember(settings.build_file)
    else:
        shutil.rmtree(settings.warehouse_dir, ignore_errors=True)
    is_small = isinstance(company, Company)
    _fill(settings, is_small=is_small)
    models = chosen_models(not later_night, select, only)
    return Marts(settings.build_file, models, is_first_night=not later_night, is_small=is_small)


def _settings(company: Company | Folders, as_of: str) -> Settings:
    with throughline_environment(company, as_of):
        return Settings.from_environment()


def _fill(settings: Settings, *, is_small: bool, is_delivered: bool = True) -> None:
    """What stands in the build file before its models are built: reference tables, raw, the run's context."""
    reference = read_reference(settings.reference_dir)
    settings.warehouse_dir.mkdir(parents=True, exist_ok=True)
    if not settings.build_file.exists():
        settings.build_file.write_bytes(_file_without_records())
    with connected(settings.build_file) as connection:
        if is_small:
            _for_few_records(connection)
        load_reference(connection, reference)
        if is_delivered:
            snapshots = str(reference.settings["snapshot_objects"] or "").split(",")
            chosen = [name for name in snapshots if name]
            load_objects(connection, catalog().objects, settings.landing_dir, settings.as_of, chosen)
        write_run_context(connection, reference, settings)
        kept.begin(connection, settings.as_of)


@cache
def _file_without_records() -> bytes:
    """A build file with every table of raw and of audit, as the loader makes them first."""
    return once_for_all_processes("file without records", _make_file_without_records)


def _make_file_without_records() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "throughline.duckdb"
        # In the smallest blocks: a company of tests fills few of a thousand tables, and takes 5 instead of 50 MB.
        duckdb.connect(file, config={"default_block_size": 16384, "storage_compatibility_version": "v1.5.0"}).close()
        with connected(file) as connection:
            prepare_audit(connection)
            ensure_tables(connection, catalog().objects)
        return file.read_bytes()


@cache
def _nothing_delivered() -> NothingDelivered:
    return once_for_all_processes("nothing delivered", _deliver_nothing)


def _deliver_nothing() -> NothingDelivered:
    with tempfile.TemporaryDirectory() as folder:
        settings = _settings(Company(Path(folder)), "2024-12-31")
        _fill(settings, is_small=True, is_delivered=False)
        with connected(settings.build_file) as connection:
            _for_few_records(connection)
            models = compiled_models(True)
            build(connection, models, is_first_night=True)
            return NothingDelivered.of(connection, models)


def _for_few_records(connection: duckdb.DuckDBPyConnection) -> None:
    """To hand a few records to a second thread, or to look for a better plan, takes longer than to work on them."""
    connection.execute("set threads = 1")
    connection.execute("pragma disable_optimizer")


@contextmanager
def throughline_environment(company: Company | Folders, as_of: str, **environment: str) -> Iterator[None]:
    """The environment variables of a run on the company's folders; afterwards the environment is as it was."""
    given = {
        "THROUGHLINE_LANDING_DIR": str(company.landing_dir),
        "THROUGHLINE_REFERENCE_DIR": str(company.reference_dir),
        "THROUGHLINE_WAREHOUSE_DIR": str(company.warehouse_dir),
        "THROUGHLINE_AS_OF": as_of,
        "THROUGHLINE_EMAIL_SALT": "test",
        "DO_NOT_TRACK": "1",
        "GX_ANALYTICS_ENABLED": "false",
    }
    with mock.patch.dict(os.environ, {**given, **environment}):
        yield
