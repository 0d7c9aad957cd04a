"""Dagster without what it does again for every event of a run.

What lives here: the five private members of Dagster that Throughline replaces; together they took a third of a night.
What doesn't: which events are stored, where and in what form; that stays Dagster's.

Dagster opens a SQLite file, and closes it again, for each of a night's five thousand events. Closing a file moves its
write-ahead log into it, and each commit waits for the disk. Here a process keeps the files open that it uses, and a
commit leaves the waiting to the system. A killed process loses nothing; a power failure may lose the last events of the
run that it ended.
"""

from __future__ import annotations

import atexit
import os
from collections import OrderedDict
from collections.abc import Callable, Iterator, Set
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any

import dagster as dg
from dagster._core.execution.context.system import StepExecutionContext
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.event_log.sqlite.sqlite_event_log import INDEX_SHARD_NAME
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import NullPool, QueuePool

# The index and the runs that were looked at last: a sensor may look at hundreds of runs, each a file.
OPEN_FILES = 4


@dataclass(frozen=True)
class _File:
    engine: Engine
    # The file itself, whatever its name: one that was replaced, as by a restored backup, is opened again.
    inode: int
    # Tables and columns that it is known to have. They are never dropped.
    has: set[str] = field(default_factory=set)


_open: OrderedDict[str, _File] = OrderedDict()
_opening = Lock()


def make_lean() -> None:
    """Replace the members in this process."""
    if SqliteEventLogStorage._connect is not _connect:
        SqliteEventLogStorage._connect = _connect  # type: ignore[method-assign]
        SqliteEventLogStorage.has_table = _has_table  # type: ignore[method-assign]
        setattr(SqliteEventLogStorage, "_has_asset_key_col_on_connection", _has_asset_key_column)  # noqa: B010
        setattr(dg.AssetsDefinition, "asset_and_check_keys", property(_asset_and_check_keys))  # noqa: B010
        StepExecutionContext.get_output_asset_keys = _output_asset_keys  # type: ignore[method-assign]
        atexit.register(close_files)


def close_files() -> None:
    """Close all; the last one to close a file moves its write-ahead log into it."""
    with _opening:
        while _open:
            _open.popitem()[1].engine.dispose()


@contextmanager
def _connect(self: SqliteEventLogStorage, shard: str) -> Iterator[Connection]:
    """A transaction on the file of a run, or on the index of all runs."""
    path = Path(self.path_for_shard(shard))
    with self._db_lock:
        if shard not in self._initialized_dbs or not path.exists():
            self._initdb(create_engine(self.conn_string_for_shard(shard), poolclass=NullPool))
            self._initialized_dbs.add(shard)
        with _file(self, shard).engine.begin() as connection:
            yield connection
    # Whoever follows a run in the UI waits for a change of the file itself; a commit changes the log beside it.
    with suppress(OSError):
        os.utime(path)


_known_has_table = SqliteEventLogStorage.has_table
_known_has_asset_key_column = SqliteEventLogStorage._has_asset_key_col_on_connection
_known_asset_and_check_keys: Callable[[Any], Set[Any]] = dg.AssetsDefinition.asset_and_check_keys.fget  # type: ignore[attr-defined]


_known_output_asset_keys = StepExecutionContext.get_output_asset_keys


def _has_table(self: SqliteEventLogStorage, table_name: str) -> bool:
    return _has(self, f"table {table_name}", lambda: _known_has_table(self, table_name))


def _has_asset_key_column(self: SqliteEventLogStorage, conn: Connection, column_name: str) -> bool:
    return _has(self, f"column {column_name}", lambda: _known_has_asset_key_column(self, conn, column_name))


def _has(storage: SqliteEventLogStorage, what: str, look: Callable[[], bool]) -> bool:
    """Dagster looks at the index's tables and columns with every event of an asset."""
    has = _file(storage, INDEX_SHARD_NAME).has
    if what not in has and look():
        has.add(what)
    return what in has


def _file(storage: SqliteEventLogStorage, shard: str) -> _File:
    path = storage.path_for_shard(shard)
    inode = Path(path).stat().st_ino
    with _opening:
        known = _open.pop(path, None)
        if known is not None and known.inode != inode:
            known.engine.dispose()
            known = None
        _open[path] = file = known or _File(_engine(storage.conn_string_for_shard(shard)), inode)
        while len(_open) > OPEN_FILES:
            _open.popitem(last=False)[1].engine.dispose()
    return file


def _engine(address: str) -> Engine:
    # One connection stays; a look at the index in the middle of a transaction takes a second one for that moment.
    engine = create_engine(
        address,
        poolclass=QueuePool,
        pool_size=1,
        max_overflow=-1,
        connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS},
    )
    event.listen(engine, "connect", lambda connection, _: connection.execute("pragma synchronous = normal"))
    return engine


def _asset_and_check_keys(self: dg.AssetsDefinition) -> Set[Any]:
    """The same for an asset's whole life; Dagster puts the 900 of dbt's together for every event."""
    return _kept(self, _known_asset_and_check_keys)


def _output_asset_keys(self: StepExecutionContext) -> Set[Any]:
    """The same for a whole step; Dagster looks at its 900 outputs for every one that it stores."""
    return _kept(self, _known_output_asset_keys)


def _kept(owner: Any, known: Callable[[Any], Set[Any]]) -> Set[Any]:
    """What Dagster's own function says of an object, kept with the object."""
    kept: dict[str, Set[Any]] = owner.__dict__
    name = f"_kept_{known.__name__}"
    if name not in kept:
        kept[name] = known(owner)
    return kept[name]
