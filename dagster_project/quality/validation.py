"""Evaluation of suites by Great Expectations against the build file.

What lives here: everything that needs Great Expectations' objects. Its import takes seconds, so it happens inside
`validate` and never when definitions are loaded.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dagster_project.engine import quoted_table
from dagster_project.quality.results import SAMPLE_ROWS, CheckResult, Status
from dagster_project.quality.suites import SQL_TYPE, Expectation, Suite

_DATASOURCE = "warehouse"


class InvalidArguments(ValueError):
    """A suite gives an expectation arguments that it doesn't take; the message is one line."""


def validate(suites: Sequence[Suite], build_file: Path) -> list[CheckResult]:
    """Evaluate the suites.

    The build file is opened read-only and released before this returns, since dbt opens it next.
    """
    gx = _great_expectations()
    built = {suite.table: [_built(gx, suite, expectation) for expectation in suite.expectations] for suite in suites}
    context = gx.get_context(project_config=_context_config(), mode="ephemeral")
    # After each table Great Expectations would write the whole configuration as YAML, a quarter of its time, for a
    # store in memory that nobody reads.
    context.variables.save = lambda: None
    with _reading(build_file) as url:
        datasource = context.data_sources.add_sql(name=_DATASOURCE, connection_string=url)
        engine = datasource.get_execution_engine()
        tables = {
            f"{row['table_schema']}.{row['table_name']}"
            for row in _rows(engine, "select table_schema, table_name from information_schema.tables")
        }
        results: list[CheckResult] = []
        for suite in suites:
            if suite.table in tables:
                results += _validate_table(gx, datasource, engine, suite, built[suite.table])
            else:
                message = f"table {suite.table} does not exist"
                results += [result_of(suite, e, "errored", message=message) for e in suite.expectations]
    return results


def check_arguments(suites: Sequence[Suite]) -> None:
    """Raise InvalidArguments for the first expectation whose arguments Great Expectations refuses."""
    gx = _great_expectations()
    for suite in suites:
        for expectation in suite.expectations:
            _built(gx, suite, expectation)


def _great_expectations() -> Any:
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    import great_expectations

    return great_expectations


def _built(gx: Any, suite: Suite, expectation: Expectation) -> Any:
    """The Great Expectations object of an expectation."""
    from great_expectations.expectations.registry import get_expectation_impl

    from dagster_project.quality.counted_rows import CountUnexpectedRows

    arguments = dict(expectation.arguments)
    kind: Any = CountUnexpectedRows if expectation.expect == SQL_TYPE else get_expectation_impl(expectation.expect)
    if expectation.sql:
        # Great Expectations gives the table an alias of its own unless the query joins. In brackets, a query may name
        # it or not, as it likes.
        arguments["unexpected_rows_query"] = expectation.sql.replace("{batch}", "(select * from {batch})")
    try:
        return kind(
            **arguments,
            severity="critical" if expectation.severity == "blocking" else "warning",
            meta={"name": expectation.name},
        )
    except (ValueError, TypeError) as error:
        reason = " ".join(str(error).split())
        raise InvalidArguments(
            f"{suite.table}: {expectation.name}: {expectation.expect} refuses its arguments: {reason}"
        ) from None


def _context_config() -> Any:
    """Nothing is kept: the results table and the data docs are Throughline's own."""
    from great_expectations.data_context.types.base import DataContextConfig, ProgressBarsConfig

    def store(kind: str) -> dict[str, Any]:
        return {"class_name": kind, "store_backend": {"class_name": "InMemoryStoreBackend"}}

    return DataContextConfig(
        config_version=4.0,
        stores={
            "expectations_store": store("ExpectationsStore"),
            "validation_results_store": store("ValidationResultsStore"),
            "validation_definition_store": store("ValidationDefinitionStore"),
            "checkpoint_store": store("CheckpointStore"),
        },
        expectations_store_name="expectations_store",
        validation_results_store_name="validation_results_store",
        checkpoint_store_name="checkpoint_store",
        data_docs_sites={},
        analytics_enabled=False,
        progress_bars=ProgressBarsConfig(globally=False),
    )


@contextmanager
def _reading(build_file: Path) -> Iterator[str]:
    """A connection string for the build file, read-only; every connection made with it is closed at the end.

    Great Expectations reads a result after it has given its connection back, when DuckDB has forgotten the rows.
    Buffering them right after execution keeps them.
    """
    from sqlalchemy import URL, event
    from sqlalchemy.engine import Engine
    from sqlalchemy.engine.cursor import FullyBufferedCursorFetchStrategy
    from sqlalchemy.pool import Pool

    opened: list[Any] = []

    def buffer(connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, executemany: bool) -> None:
        if connection.dialect.name == "duckdb" and cursor.description:
            context.cursor_fetch_strategy = FullyBufferedCursorFetchStrategy(cursor, initial_buffer=cursor.fetchall())

    def remember(dbapi_connection: Any, record: Any) -> None:
        opened.append(dbapi_connection)
        dbapi_connection.execute("set TimeZone = 'UTC'")

    event.listen(Engine, "after_cursor_execute", buffer)
    event.listen(Pool, "connect", remember)
    try:
        yield URL.create("duckdb", database=str(build_file), query={"access_mode": "READ_ONLY"}).render_as_string()
    finally:
        event.remove(Pool, "connect", remember)
        event.remove(Engine, "after_cursor_execute", buffer)
        for dbapi_connection in opened:
            dbapi_connection.close()


def _validate_table(
    gx: Any,
    datasource: Any,
    engine: Any,
    suite: Suite,
    built: Sequence[Any],
) -> list[CheckResult]:
    schema, name = suite.table.split(".")
    asset = datasource.add_table_asset(name=suite.table, table_name=name, schema_name=schema)
    batch = asset.add_batch_definition_whole_table("whole table").get_batch()
    outcome = batch.validate(
        gx.ExpectationSuite(name=suite.table, expectations=list(built)),
        result_format={
            "result_format": "SUMMARY",
            "unexpected_index_column_names": list(suite.id_columns),
            "partial_unexpected_count": SAMPLE_ROWS,
        },
    )
    checked_rows = _rows(engine, f"select count(*) as n from {quoted_table(suite.table)}")[0]["n"]
    by_name = {found.expectation_config.meta["name"]: found for found in outcome.results}
    return [
        _interpreted(engine, suite, expectation, by_name[expectation.name], checked_rows)
        for expectation in suite.expectations
    ]


def _interpreted(engine: Any, suite: Suite, expectation: Expectation, found: Any, checked_rows: int) -> CheckResult:
    common: dict[str, Any] = {"checked_rows": checked_rows}
    raised = exception_message(found.exception_info)
    if raised:
        return result_of(suite, expectation, "errored", message=raised, **common)
    detail: Mapping[str, Any] = found.result
    if expectation.sql:
        count = int(detail["observed_value"])
        samples: Sequence[Mapping[str, Any]] = _rows(engine, _sample_query(suite, expectation)) if count else ()
        return result_of(
            suite,
            expectation,
            "passed" if found.success else "failed",
            unexpected_count=count,
            sample_rows=samples,
            **common,
        )
    observed = detail.get("observed_value")
    return result_of(
        suite,
        expectation,
        "passed" if found.success else "failed",
        unexpected_count=detail.get("unexpected_count"),
        sample_rows=() if found.success else _samples(expectation, detail),
        message=None if observed is None else f"observed {observed}",
        **common,
    )


def exception_message(exception_info: Any) -> str | None:
    """The reason why an expectation could not be evaluated, in one line; none if it could.

    Great Expectations gives either one record or one per metric that raised.
    """
    records = [exception_info] if "raised_exception" in exception_info else list(exception_info.values())
    for info in records:
        if info.get("raised_exception"):
            return _one_line(info.get("exception_message") or "unknown error")
    return None


def result_of(suite: Suite, expectation: Expectation, status: Status, **found: Any) -> CheckResult:
    """What was found of a suite's expectation."""
    return CheckResult(
        table_name=suite.table,
        layer=suite.layer,
        expectation=expectation.name,
        expectation_type=expectation.expect,
        column_name=expectation.column_name,
        promise=expectation.promise,
        severity=expectation.severity,
        status=status,
        **found,
    )


def _samples(expectation: Expectation, detail: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    rows = detail.get("partial_unexpected_index_list") or detail.get("partial_unexpected_list") or []
    label = expectation.column_name or "value"
    return [dict(row) if isinstance(row, Mapping) else {label: row} for row in rows][:SAMPLE_ROWS]


def _sample_query(suite: Suite, expectation: Expectation) -> str:
    query = expectation.query_on(quoted_table(suite.table))
    return f"select * from ({query}) as broken order by all limit {SAMPLE_ROWS}"


def _rows(engine: Any, query: str) -> list[dict[str, Any]]:
    from sqlalchemy import text

    return [dict(row._mapping) for row in engine.execute_query(text(query.replace(":", "\\:"))).fetchall()]


def _one_line(error: Any) -> str:
    # SQLAlchemy appends the statement and a link; the suite's file shows the statement better.
    text = " ".join(str(error).split("[SQL:")[0].split())
    return text if len(text) <= 500 else text[:499] + "…"
