"""How a database is asked: a table's rows since a timestamp, counted before they are read.

What lives here: queries, through dlt's `sql_database`. What doesn't: which tables (sql_mapping.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import dlt
import sqlalchemy as sa
from dlt.extract import DltResource
from dlt.sources.sql_database import sql_table
from sqlalchemy.exc import NoSuchModuleError, NoSuchTableError, SQLAlchemyError

from dagster_project.extract.declared import Connection, Window
from dagster_project.extract.errors import PullError
from dagster_project.extract.sql_mapping import Table

_CHUNK_ROWS = 10_000


def records(table: Table, connection: Connection, window: Window) -> DltResource:
    """The table's rows that changed since the window's beginning; rows that don't say when are always among them."""

    @dlt.resource(name=table.object, max_table_nesting=0)
    def rows() -> Iterator[list[dict[str, Any]]]:
        with _opened(table, connection) as (engine, reflected):
            condition = _changed(table, reflected, window.since)
            with engine.connect() as opened:
                connection.said["total"] = opened.execute(
                    sa.select(sa.func.count()).select_from(reflected).where(condition)
                ).scalar_one()
            source = sql_table(
                engine,
                table=reflected.name,
                schema=reflected.schema,
                chunk_size=_CHUNK_ROWS,
                backend="sqlalchemy",
                reflection_level="minimal",
                query_adapter_callback=lambda query, asked: query.where(_changed(table, asked, window.since)),
            )
            for row in source:
                yield [_landed(table, row)]

    return rows()


def ids(table: Table, connection: Connection) -> Iterator[tuple[tuple[str, ...], datetime | None]]:
    """The keys of all rows."""
    named = {landed: column for column, landed in table.columns}
    with _opened(table, connection) as (engine, reflected), engine.connect() as opened:
        columns = [_column(table, reflected, named.get(name, name)) for name in table.key]
        for row in opened.execution_options(yield_per=_CHUNK_ROWS).execute(sa.select(*columns)):
            yield tuple("" if value is None else str(value) for value in row), None


@contextmanager
def _opened(table: Table, connection: Connection) -> Iterator[tuple[sa.Engine, sa.Table]]:
    """The database with the table as it is. Of its errors only the kind and the scrubbed first line are told."""
    schema, _, name = table.table.rpartition(".")
    where = f"sql_database: table {table.table}"
    try:
        engine = sa.create_engine(connection.base_url)
        try:
            yield engine, sa.Table(name, sa.MetaData(), schema=schema or None, autoload_with=engine)
        finally:
            engine.dispose()
    except (NoSuchModuleError, ImportError) as error:
        raise PullError(
            f"{where}: the database's driver is not installed ({connection.session.scrubbed(str(error))}); install it "
            "into the project's environment, such as psycopg for PostgreSQL"
        ) from None
    except NoSuchTableError:
        raise PullError(
            f"{where}: is not in the database; expected it, since the mapping names it; correct the mapping or grant "
            "the user the right to see it"
        ) from None
    except SQLAlchemyError as error:
        told = connection.session.scrubbed(str(error).splitlines()[0])[:300]
        raise PullError(
            f"{where}: {type(error).__name__}: {told}; expected a database that answers; look after it and run again: "
            "the pull continues where it stopped"
        ) from None


def _column(table: Table, reflected: sa.Table, name: str) -> sa.Column[Any]:
    if name not in reflected.columns:
        raise PullError(
            f"sql_database: table {table.table}: has no column {name}; expected it, since the mapping names it; it was "
            "renamed or removed: correct the mapping"
        )
    return reflected.columns[name]


def _changed(table: Table, reflected: sa.Table, since: datetime | None) -> sa.ColumnElement[bool]:
    for name, _ in table.columns:
        _column(table, reflected, name)
    if table.changed is None or since is None:
        return sa.true()
    column = _column(table, reflected, table.changed)
    if not isinstance(column.type, (sa.DateTime, sa.Date)):
        raise PullError(
            f"sql_database: table {table.table}: column {table.changed} is {column.type}; expected a timestamp or a "
            "date to tell changes by; name another column, or leave `changed` out"
        )
    moment = since.astimezone(UTC)
    value: Any = moment if getattr(column.type, "timezone", False) else moment.replace(tzinfo=None)
    return sa.or_(column >= (value.date() if isinstance(column.type, sa.Date) else value), column.is_(None))


def _landed(table: Table, row: dict[str, Any]) -> dict[str, Any]:
    values = {name: value.hex() if isinstance(value, (bytes, memoryview)) else value for name, value in row.items()}
    return {landed: values[column] for column, landed in table.columns} if table.columns else values
