"""What docs/bi.md tells those who read the published file: what they can't get at, and when they see the new night."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": "false",
    "lock_configuration": "true",
}


def night(file: Path, number: int) -> None:
    """A published file that replaces the one before, as publishing does."""
    temporary = file.with_name(".next.duckdb")
    temporary.unlink(missing_ok=True)
    with duckdb.connect(str(temporary)) as connection:
        connection.execute(f"create schema marts; create table marts.fct_spend as select {number} as cost")
    temporary.replace(file)


def reader(file: Path) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(str(file), read_only=True, config=CONFIG)


def cost(connection: duckdb.DuckDBPyConnection) -> int:
    row = connection.execute("select cost from marts.fct_spend").fetchone()
    assert row
    return int(row[0])


def test_a_reader_gets_at_nothing_but_the_marts(tmp_path: Path) -> None:
    file = tmp_path / "throughline.duckdb"
    night(file, 1)
    (tmp_path / "secret.csv").write_text("secret\n1\n")
    with reader(file) as connection:
        for statement in (
            f"from read_csv('{tmp_path}/secret.csv')",
            f"from '{tmp_path}/secret.csv'",
            f"attach '{tmp_path}/other.duckdb'",
            f"copy marts.fct_spend to '{tmp_path}/out.csv'",
            "set enable_external_access = true",
            "set threads = 1",
            "install httpfs",
            "delete from marts.fct_spend",
        ):
            with pytest.raises(duckdb.Error):
                connection.execute(statement)
        assert cost(connection) == 1


def test_a_process_sees_the_new_night_when_its_last_connection_is_closed(tmp_path: Path) -> None:
    file = tmp_path / "throughline.duckdb"
    night(file, 1)
    first = reader(file)
    second = reader(file)
    night(file, 2)
    first.close()
    with reader(file) as another:
        assert cost(another) == cost(second) == 1
    second.close()
    with reader(file) as another:
        assert cost(another) == 2
