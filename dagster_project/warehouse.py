"""The build warehouse as a Dagster resource: one writer at a time, settings validated before anything is touched.

What lives here: opening the build file and keeping a second run out. What doesn't: what is written into it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace

import dagster as dg
import duckdb
from dagster import DagsterLogManager
from filelock import FileLock, Timeout
from pydantic import PrivateAttr

from dagster_project.audit.schema import AuditTooNew, prepare_audit
from dagster_project.dagster_home import dagster_home
from dagster_project.disk import disk_problem
from dagster_project.engine import connected
from dagster_project.erasure.absence import AbsenceError
from dagster_project.erasure.person import CannotErase
from dagster_project.erasure.requests import forget_requested
from dagster_project.erasure.tables import NotErased
from dagster_project.permissions import LOCK, SALT, keep_private, kept_secret, private_umask
from dagster_project.settings import SettingError, Settings

# Every op that opens the build file belongs to this pool, of which dagster.yaml allows one at a time.
POOL = "warehouse"


class Warehouse(dg.ConfigurableResource):
    """Gives a run its settings and connections to the build file, and holds the warehouse folder's lock while it works.

    Raises dagster.Failure, in one line, when a setting is wrong or another run is writing the same warehouse.
    """

    _settings: Settings = PrivateAttr()
    _held: ExitStack = PrivateAttr(default_factory=ExitStack)

    def setup_for_execution(self, context: dg.InitResourceContext) -> None:
        try:
            self._settings = Settings.from_environment()
        except SettingError as error:
            raise dg.Failure(description=f"Throughline stopped before touching anything: {error}") from None
        with ExitStack() as held:
            held.enter_context(private_umask())
            self._settings.warehouse_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
            held.callback(self._locked().release)
            keep_private(self._settings.warehouse_dir, self._settings.shared_group)
            if not self._settings.email_salt:
                self._settings = replace(self._settings, email_salt=kept_secret(self._settings.warehouse_dir, SALT))
            self.forget_requested(context.log)
            self._held = held.pop_all()

    def forget_requested(self, log: DagsterLogManager | None) -> None:
        """Finish an erasure that was killed, and forget whom the table `erasures` names."""
        try:
            said = forget_requested(self._settings, dagster_home())
        except (AbsenceError, CannotErase, NotErased) as error:
            raise dg.Failure(description=f"Throughline stopped: {error}", allow_retries=False) from None
        for line in said:
            if log:
                log.warning(line)

    def _locked(self) -> FileLock:
        """An operating-system lock, so that it goes with the process even when that is killed."""
        lock = FileLock(self._settings.warehouse_dir / LOCK)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            raise dg.Failure(
                description=(
                    "Throughline stopped before touching anything: another run is writing "
                    f"{self._settings.warehouse_dir}; "
                    "wait until it has ended, or set THROUGHLINE_WAREHOUSE_DIR to another folder"
                )
            ) from None
        return lock

    def teardown_after_execution(self, context: dg.InitResourceContext) -> None:
        self._held.close()

    @property
    def settings(self) -> Settings:
        """The settings this run started with."""
        return self._settings

    @contextmanager
    def connect(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A read-write connection to the build file, in UTC; closed at the end, so that dbt can open the file next."""
        build_file = self._settings.build_file
        try:
            with connected(build_file) as connection:
                prepare_audit(connection)
                yield connection
        except AuditTooNew as error:
            raise dg.Failure(
                description=f"Throughline stopped before touching anything: {error}", allow_retries=False
            ) from None
        except (OSError, duckdb.IOException) as error:
            if problem := disk_problem(error):
                raise dg.Failure(description=f"{build_file}: {problem}", allow_retries=False) from None
            if "lock" in str(error):
                raise dg.Failure(
                    description=(
                        f"{build_file} is held open by another program ({_holder(error)}); expected nobody else in the "
                        "build file; close it there and run again: readers open published/throughline.duckdb"
                    ),
                    allow_retries=False,
                ) from None
            raise


def _holder(error: BaseException) -> str:
    found = re.search(r"held in (.*?\(PID \d+\))", str(error))
    return found[1] if found else "its name is not known"
