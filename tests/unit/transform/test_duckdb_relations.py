"""How dbt makes a table and a view in DuckDB: by one statement, and what was there stays when it fails."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from dbt.cli.main import dbtRunner

from dagster_project.transform.project import DBT_PROJECT_DIR
from tests.compiled_models import let_go

RELATIONS = DBT_PROJECT_DIR / "macros" / "engine" / "duckdb_relations.sql"
PROJECT = """
name: made_up
version: "1.0"
profile: made_up
macro-paths: [macros]
models:
  +persist_docs: {relation: true, columns: true}
"""
PROFILE = """
made_up:
  target: duckdb
  outputs:
    duckdb: {type: duckdb, path: "warehouse.duckdb", threads: 1}
"""
CONTRACT = """
models:
  - name: sums
    description: It's a table of "sums".
    config: {contract: {enforced: true}}
    columns:
      - {name: amount, data_type: bigint, description: Whole units; 'cents' don't count.}
      - {name: untold, data_type: varchar}
"""


class Project:
    """A dbt project of one model, with the project's own way of making relations."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "macros").mkdir()
        (folder / "models").mkdir()
        (folder / "macros" / RELATIONS.name).write_text(RELATIONS.read_text())
        (folder / "dbt_project.yml").write_text(PROJECT)
        (folder / "profiles.yml").write_text(PROFILE)

    def build(self, sql: str, kind: str = "table", described: str = "") -> list[str]:
        """What dbt says of a model that it could not make; the model is called sums."""
        (self.folder / "models" / "sums.sql").write_text(f"{{{{ config(materialized='{kind}') }}}}\n{sql}")
        (self.folder / "models" / "sums.yml").write_text(described)
        try:
            outcome = dbtRunner().invoke(
                ["--quiet", "run", "--project-dir", str(self.folder), "--profiles-dir", str(self.folder)]
            )
        finally:
            let_go()
        assert outcome.exception is None, outcome.exception
        return [result.message for result in outcome.result if result.status == "error"]

    def ask(self, sql: str) -> list[tuple]:
        with duckdb.connect(str(self.folder / "warehouse.duckdb"), read_only=True) as connection:
            return connection.execute(sql).fetchall()

    def relations(self) -> list[tuple[str, str]]:
        return self.ask("select table_name, table_type from information_schema.tables order by all")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DO_NOT_TRACK", "1")
    yield Project(tmp_path)


def test_a_table_becomes_a_view_and_a_table_again_and_leaves_nothing_beside_it(project: Project) -> None:
    for kind, relation in (("table", "BASE TABLE"), ("view", "VIEW"), ("table", "BASE TABLE"), ("table", "BASE TABLE")):
        assert project.build("select cast(1 as bigint) as amount, 'a' as untold", kind, CONTRACT) == []
        assert project.relations() == [("sums", relation)]
        assert project.ask("from sums") == [(1, "a")]


def test_what_was_there_stays_when_a_model_fails(project: Project) -> None:
    assert project.build("select 1 as amount") == []
    (failed,) = project.build("select cast('many' as integer) as amount from range(3)")
    assert "Could not convert string 'many'" in failed
    assert project.ask("from sums") == [(1,)]
    assert project.relations() == [("sums", "BASE TABLE")]


def test_what_was_there_stays_when_a_model_breaks_its_contract(project: Project) -> None:
    assert project.build("select cast(1 as bigint) as amount, 'a' as untold", described=CONTRACT) == []
    (failed,) = project.build("select 1.5 as amount, 'a' as untold", described=CONTRACT)
    assert "contract" in failed
    (failed,) = project.build(
        "select cast(amount as bigint) as amount, 'b' as untold from (values ('x')) as t (amount)", described=CONTRACT
    )
    assert "Could not convert string 'x'" in failed
    assert project.ask("from sums") == [(1, "a")]


@pytest.mark.parametrize("kind", ["table", "view"])
def test_comments_come_with_the_relation(project: Project, kind: str) -> None:
    assert project.build("select cast(1 as bigint) as amount, 'a' as untold", kind, CONTRACT) == []
    relation = "duckdb_tables()" if kind == "table" else "duckdb_views() where not internal"
    assert project.ask(f"select comment from {relation}") == [('It\'s a table of "sums".',)]
    assert project.ask("select comment from duckdb_columns() where table_name = 'sums' order by column_name") == [
        ("Whole units; 'cents' don't count.",),
        (None,),
    ]


def test_a_described_column_that_is_not_made_is_said(project: Project) -> None:
    described = "models: [{name: sums, columns: [{name: amounts, description: All of them.}]}]"
    (failed,) = project.build("select 1 as amount", described=described)
    assert "amounts" in failed
