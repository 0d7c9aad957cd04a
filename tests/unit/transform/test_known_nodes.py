"""What is known of dbt's nodes goes to dbt and comes back; while it builds, the file knows nothing."""

from __future__ import annotations

import json
import os
from pathlib import Path

import duckdb
import pytest

from dagster_project.audit.schema import prepare_audit
from dagster_project.transform import known_nodes
from dagster_project.transform.arguments import AFTER, KNOWN_NODES
from dagster_project.transform.known_nodes import KnownNodes, project_mark


@pytest.fixture
def connection() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    prepare_audit(connection)
    return connection


def known(connection: duckdb.DuckDBPyConnection) -> list[tuple]:
    return connection.execute("select node, inputs, contents from audit.known_nodes order by all").fetchall()


def after_build(folder: Path, **nodes: list[str | None]) -> None:
    """What dbt leaves."""
    told = json.loads((folder / ".known_nodes.json").read_text())
    left = {"project": told["project"], "nodes": nodes, "different": [], "unchanged": 7}
    (folder / f".known_nodes.json{AFTER}").write_text(json.dumps(left))


def test_what_is_known_goes_from_build_to_build(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    first = KnownNodes(tmp_path)
    first.hand_over(connection)
    assert json.loads(Path(os.environ[KNOWN_NODES]).read_text()) == {"project": project_mark(), "nodes": {}}
    after_build(tmp_path, model=["inputs", "3 rows"], test=["inputs", None])
    first.take_back(connection)
    assert known(connection) == [("model", "inputs", "3 rows"), ("test", "inputs", None)]
    assert first.told() == "7 models and tests are as they were; nothing that they read is another"
    assert first.doubt() is None
    assert KNOWN_NODES not in os.environ
    assert not list(tmp_path.iterdir())
    second = KnownNodes(tmp_path)
    second.hand_over(connection)
    told = json.loads(Path(os.environ[KNOWN_NODES]).read_text())
    assert told["nodes"] == {"model": ["inputs", "3 rows"], "test": ["inputs", None]}
    assert known(connection) == []
    second.take_back(connection)


def test_after_a_killed_build_nothing_is_known(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    first = KnownNodes(tmp_path)
    first.hand_over(connection)
    after_build(tmp_path, model=["inputs", "3 rows"])
    first.take_back(connection)
    killed = KnownNodes(tmp_path)
    killed.hand_over(connection)
    # dbt left nothing; nor does what an earlier one left count.
    killed.take_back(connection)
    assert known(connection) == []
    assert killed.told() is None


def test_another_project_knows_nothing(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = KnownNodes(tmp_path)
    first.hand_over(connection)
    after_build(tmp_path, model=["inputs", "3 rows"])
    first.take_back(connection)
    monkeypatch.setattr(known_nodes, "project_mark", lambda: "another")
    second = KnownNodes(tmp_path)
    second.hand_over(connection)
    assert json.loads(Path(os.environ[KNOWN_NODES]).read_text()) == {"project": "another", "nodes": {}}
    second.take_back(connection)


def test_a_model_that_came_out_otherwise_is_told(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    build = KnownNodes(tmp_path)
    build.hand_over(connection)
    left = {"project": "p", "nodes": {}, "different": ["rpt_channel_roi"], "unchanged": 7}
    (tmp_path / f".known_nodes.json{AFTER}").write_text(json.dumps(left))
    build.take_back(connection)
    assert str(build.doubt()).startswith("rpt_channel_roi: built again to be compared, and came out otherwise")
