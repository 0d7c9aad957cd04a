"""Pulls in a folder of their own, with no way out of this machine."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from dagster_project.extract.declared import PulledSource
from dagster_project.extract.pull import Folders, pull_source
from dagster_project.extract.receipts import Receipt

NOW = datetime(2026, 2, 1, 2, tzinfo=UTC)


class Pulls:
    """A landing folder that pulls land in; each is a night later than the one before. Waits are counted, not waited."""

    def __init__(self, folder: Path) -> None:
        self.folders = Folders(folder / "landing", folder / "warehouse")
        self.folders.landing_dir.mkdir()
        self.now = NOW
        self.waits: list[float] = []

    def pull(self, source: PulledSource, environ: dict[str, str], *names: str) -> list[Receipt]:
        """Pull the named objects, or all."""
        self.now += timedelta(days=1)

        def connect(given: Any) -> Any:
            connection = source.connect(given)
            connection.session._sleep = self.waits.append
            connection.session._pause = 0.0
            return connection

        chosen = frozenset(names) or None
        return list(
            pull_source(
                replace(source, connect=connect), self.folders, names=chosen, environ=environ, now=lambda: self.now
            )
        )

    def rows(self, name: str, columns: str = "*", where: str = "true") -> list[tuple[Any, ...]]:
        """What landed of `hubspot/contacts`, without dlt's own columns."""
        files = str(self.folders.landing_dir / name / "*.parquet")
        query = (
            f"select {columns} from read_parquet(?, union_by_name = true, filename = true) where {where} order by all"
        )
        return duckdb.execute(query, [files]).fetchall()

    def files(self) -> list[str]:
        """Everything in the landing folder that the loader would look at."""
        landing = self.folders.landing_dir
        found = (path.relative_to(landing) for path in landing.rglob("*") if path.is_file())
        return sorted(str(path) for path in found if not any(part.startswith((".", "_")) for part in path.parts))


@pytest.fixture
def pulls(tmp_path: Path) -> Pulls:
    return Pulls(tmp_path)


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whoever speaks to anything but this machine fails."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        host = address[0] if isinstance(address, tuple) else "local"
        if host not in ("127.0.0.1", "::1", "local"):
            raise AssertionError(f"a test speaks to {host}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)
    yield
