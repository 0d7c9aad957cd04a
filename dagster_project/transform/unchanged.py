"""Nodes that would come out as they stand aren't built again.

What lives here: dbt's side of it, in dbt's process. What doesn't: keeping what is known from night to night, which is
`known_nodes.py`'s.

A model is made of the project's files and of the rows that it reads. Its mark of inputs is a hash of both; its mark of
contents is one of its own rows, whatever their order. If the inputs are those that it was made of, and the rows that
stand in its table are those that it had then, building it again gives them again. What reads a model looks at its rows,
so that a model that was built again and came out the same ends the work behind it. A data test is asked again only if
rows that it reads are others, or if it didn't pass.

The logical time of a run is a row of `reference.run_context`: it counts like any other input. One in a hundred of the
models that needn't be built is built all the same and compared. Should it come out otherwise, that is said, and the
rows of today stand.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from dbt.artifacts.schemas.results import RunStatus, TestStatus
from dbt.artifacts.schemas.run import RunResult
from dbt.contracts.graph.manifest import Manifest
from dbt.task.run import ModelRunner
from dbt.task.test import TestRunner

from dagster_project.transform.arguments import AFTER, KNOWN_NODES, UNCHANGED

# Of the models that needn't be built, how many are built to be compared.
COMPARED = 0.01


@dataclass
class Known:
    """What is known of the nodes of one build file: before a build, and then after it."""

    # Of the project's files and versions, from which every node is made.
    project: str
    # By unique id, the marks of inputs and, of models, of contents. A test is here if it passed.
    nodes: dict[str, tuple[str, str | None]] = field(default_factory=dict)
    # Models that were compared and came out otherwise.
    different: list[str] = field(default_factory=list)
    unchanged: int = 0


class _Build:
    """One build's look at what is known."""

    def __init__(self, known: Known, manifest: Manifest, chance: Callable[[], float]) -> None:
        self.known, self.manifest, self._chance = known, manifest, chance
        self._contents: dict[str, str] = {}
        # The statements of all views, until one of them is built again.
        self._views: dict[tuple[str, str], str] | None = None
        self._lock = threading.Lock()

    def inputs(self, node: Any, ask: _Ask) -> str:
        """The mark of what a node is made of: the project, and the contents of what it reads."""
        read = sorted(set(node.depends_on.nodes))
        return _digest([self.known.project, *(f"{name} {self.contents(name, ask)}" for name in read)])

    def contents(self, unique_id: str, ask: _Ask) -> str:
        """The mark of a relation's rows; of a view, of its statement and of what it reads."""
        if unique_id not in self._contents:
            self._contents[unique_id] = self._looked_up(unique_id, ask)
        return self._contents[unique_id]

    def _looked_up(self, unique_id: str, ask: _Ask) -> str:
        node: Any = self.manifest.nodes.get(unique_id) or self.manifest.sources[unique_id]
        name = node.alias if unique_id in self.manifest.nodes else node.identifier
        if statement := self._view(node.schema, name, ask):
            read = [f"{below} {self.contents(below, ask)}" for below in sorted(set(node.depends_on.nodes))]
            return _digest([statement, *read])
        try:
            rows, mark = ask(f'select count(*), sum(hash(t)) from "{node.schema}"."{name}" as t')[0]
        except Exception as error:  # a table that isn't there yet, or isn't there any more
            return f"none: {error}"
        return f"{rows} {mark}"

    def _view(self, schema: str, name: str, ask: _Ask) -> str | None:
        with self._lock:
            views = self._views
            if views is None:
                found = ask(
                    "select schema_name, view_name, sql from duckdb_views() where database_name = current_database()"
                )
                self._views = views = {(schema, name): sql for schema, name, sql in found}
        return views.get((schema, name))

    def needs(self, node: Any, inputs: str, ask: _Ask) -> tuple[bool, bool]:
        """Whether a model must be built, and whether it is built only to be compared.

        One that adds to its own rows is always built: they are among what it is made of.
        """
        if node.get_materialization() == "incremental":
            return True, False
        made_of, held = self.known.nodes.get(node.unique_id, (None, None))
        if made_of != inputs or held != self.contents(node.unique_id, ask):
            return True, False
        compared = self._chance() < COMPARED
        return compared, compared

    def forget(self, node: Any) -> None:
        """A node is about to be built: nothing is known of it until it is."""
        self.known.nodes.pop(node.unique_id, None)
        self._contents.pop(node.unique_id, None)
        if node.get_materialization() == "view":
            with self._lock:
                self._views = None


# A query's rows, on the connection of the thread that asks.
_Ask = Callable[[str], list[tuple[Any, ...]]]


def _digest(parts: list[str]) -> str:
    return hashlib.blake2b("\n".join(parts).encode(), digest_size=16).hexdigest()


@contextmanager
def only_what_changed(manifest: Manifest, chance: Callable[[], float] = random.random) -> Iterator[None]:
    """While a build runs: leave out what is known to come out as it stands, if a file of what is known was named.

    What is known after the build is written when it has ended, however it ended; a killed one leaves nothing.
    """
    named = os.environ.get(KNOWN_NODES)
    if not named:
        yield
        return
    told = json.loads(Path(named).read_bytes())
    known = Known(told["project"], {name: (marks[0], marks[1]) for name, marks in told["nodes"].items()})
    build = _Build(known, manifest, chance)
    execute_model, execute_test = ModelRunner.execute, TestRunner.execute

    def model(self: Any, node: Any, nodes: Any) -> Any:
        ask = _asking(self.adapter)
        inputs = build.inputs(node, ask)
        must, compared = build.needs(node, inputs, ask)
        if not must:
            known.unchanged += 1
            return _result(node, RunStatus.Success, UNCHANGED)
        held = known.nodes.get(node.unique_id, (None, None))[1]
        build.forget(node)
        result = execute_model(self, node, nodes)
        # Another thread may have looked at all views before this one stood.
        build.forget(node)
        contents = build.contents(node.unique_id, ask)
        known.nodes[node.unique_id] = inputs, contents
        if compared and contents != held:
            known.different.append(node.name)
        return result

    def test(self: Any, node: Any, nodes: Any) -> Any:
        if node.resource_type != "test":
            return execute_test(self, node, nodes)
        inputs = build.inputs(node, _asking(self.adapter))
        if known.nodes.get(node.unique_id, (None, None))[0] == inputs:
            known.unchanged += 1
            return _result(node, TestStatus.Pass, None, failures=0)
        build.forget(node)
        result = execute_test(self, node, nodes)
        if result.status == TestStatus.Pass:
            known.nodes[node.unique_id] = inputs, None
        return result

    ModelRunner.execute, TestRunner.execute = model, test  # type: ignore[method-assign,assignment]
    try:
        yield
    finally:
        ModelRunner.execute, TestRunner.execute = execute_model, execute_test  # type: ignore[method-assign]
        Path(named + AFTER).write_text(json.dumps(asdict(known)), encoding="utf-8")


def _asking(adapter: Any) -> _Ask:
    def ask(query: str) -> list[tuple[Any, ...]]:
        cursor = adapter.connections.get_thread_connection().handle.cursor()
        rows: list[tuple[Any, ...]] = cursor.execute(query).fetchall()
        return rows

    return ask


def _result(node: Any, status: RunStatus | TestStatus, message: str | None, failures: int | None = None) -> RunResult:
    return RunResult(
        status=status,
        timing=[],
        thread_id=threading.current_thread().name,
        execution_time=0.0,
        adapter_response={"_message": UNCHANGED},
        message=message,
        failures=failures,
        node=node,
        agate_table=None,
        batch_results=None,
    )
