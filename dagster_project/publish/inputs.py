"""What a publication was made of: kept as differences, so that it can be built again.

What lives here: keeping the inputs of a build that may be published, putting those of a publication into another file,
and removing what no publication needs. What doesn't: raw's former versions, which the loader keeps as it removes them
(landing/superseded.py), and building (reproduce.py).

A build reads raw, the reference tables, what the loader remembers of files, the memory of the nights before, and what
publications before it said. Raw and the memory are only looked up by where they stood (a tick, a run's number); the
small tables are kept as versions of their rows; what publications said is kept anyway.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import duckdb

from dagster_project.engine import identifier, literal, only_row
from dagster_project.landing import superseded
from dagster_project.publish.versioned import add_versions, holds_at

# What each of the nights adds to, with the number of its run. A night that is built again must not know of later ones.
MEMORIES = ("int_identity__creation_memory", "int_identity__originator_memory", "int_identity__record_states")

# Small tables that models read, beside those of the schema reference. The last one is a memory without numbers.
_SMALL_TABLES = (
    ("audit", "deliveries"),
    ("audit", "landed_columns"),
    ("audit", "landing_coverage"),
    ("intermediate", "int_coverage__link_rate_memory"),
)

# What the schemas of raw begin with.
RAW = "raw_"


@dataclass(frozen=True)
class Shape:
    """An input table as it was: its columns with their types."""

    schema: str
    name: str
    columns: dict[str, str]

    @property
    def relation(self) -> str:
        return f"{identifier(self.schema)}.{identifier(self.name)}"


class InputGone(RuntimeError):
    """An input of a publication isn't what it was, or isn't there; the message is one line: which, and why."""


def keep(connection: duckdb.DuckDBPyConnection, number: int) -> None:
    """Keep what the build of that number reads. Of a number that wasn't published, what was kept before gives way."""
    shapes = _shapes_now(connection)
    columns = "table_name varchar, column_names varchar, column_types varchar"
    connection.execute(f"create or replace temp table shapes_now ({columns})")
    if shapes:
        connection.execute(
            "insert into shapes_now select unnest(?), unnest(?), unnest(?)",
            [
                [f"{shape.schema}.{shape.name}" for shape in shapes],
                [json.dumps(list(shape.columns)) for shape in shapes],
                [json.dumps(list(shape.columns.values())) for shape in shapes],
            ],
        )
    rows = [
        f"select {literal(f'{shape.schema}.{shape.name}')} as table_name, {_cells(shape)} as cells "
        f"from {shape.relation}"
        for shape in shapes
        if not shape.schema.startswith(RAW)
    ]
    nothing = "select '' as table_name, '' as cells where false"
    connection.execute(
        f"create or replace temp table inputs_now as select table_name, cells, count(*) as copies "
        f"from ({' union all '.join([nothing, *rows])}) group by all"
    )
    for now, kept in (("shapes_now", "audit.kept_shapes"), ("inputs_now", "audit.kept_inputs")):
        add_versions(connection, now, kept, number)
        connection.execute(f"delete from {kept} where valid_to <= valid_from")
        connection.execute(f"drop table {now}")
    connection.execute("delete from audit.kept_memories where publication_number = ?", [number])
    for memory in _memories_now(connection):
        run, rows_held, content = _memory_state(connection, memory)
        connection.execute(
            "insert into audit.kept_memories values (?, ?, ?, ?, ?)", [number, memory, run, rows_held, content]
        )


def restore(
    connection: duckdb.DuckDBPyConnection, build: str, number: int, raw_tick: int, *, with_its_memory: bool = False
) -> None:
    """Put what the build of that number read into the connection's file, which has nothing but the schema audit.

    `build` is the name under which the build file is attached. With `with_its_memory` the memory is that of after the
    build. Raises InputGone where a memory isn't what it was.
    """
    held = _columns_of_raw(connection, build)
    for shape in _shapes_at(connection, build, number):
        connection.execute(f"create schema if not exists {identifier(shape.schema)}")
        if shape.schema.startswith(RAW):
            _restore_raw(connection, build, shape, raw_tick, held)
        else:
            _restore_small(connection, build, shape, number)
    _restore_memories(connection, build, number, with_its_memory)


def remove_unneeded(connection: duckdb.DuckDBPyConnection) -> None:
    """Remove versions of inputs that only publications needed whose inputs are no longer kept."""
    first, tick = only_row(
        connection,
        "select min(publication_number), min(raw_tick) from audit.kept_publications "
        "where inputs_removed_by is null and raw_tick is not null",
    )
    if first is None:
        return
    for kept in ("kept_shapes", "kept_inputs"):
        connection.execute(f"delete from audit.{kept} where valid_to <= {first}")
    connection.execute(f"delete from audit.kept_memories where publication_number < {first}")
    for relation in _kept_raw(connection):
        connection.execute(f"delete from {relation} where {superseded.UNTIL} <= {tick}")


def kept_bytes(connection: duckdb.DuckDBPyConnection) -> int:
    """What the inputs of publications take in the build file: the blocks of the tables that hold nothing else."""
    relations = ["audit.kept_shapes", "audit.kept_inputs", "audit.kept_memories", *_kept_raw(connection)]
    (size,) = only_row(connection, "select block_size from pragma_database_size() limit 1")
    counted = " union all ".join(
        f"select distinct block_id from pragma_storage_info({literal(relation)}) where persistent and block_id >= 0"
        for relation in relations
    )
    (blocks,) = only_row(connection, f"select count(distinct block_id) from ({counted})")
    return int(blocks) * int(size)


def _shapes_now(connection: duckdb.DuckDBPyConnection) -> list[Shape]:
    found: dict[tuple[str, str], dict[str, str]] = {}
    for schema, table, column, sql_type in connection.execute(
        """
        select schema_name, table_name, column_name, data_type from duckdb_columns()
        where database_name = current_database() and not internal
        order by schema_name, table_name, column_index
        """
    ).fetchall():
        if schema == "reference" or schema.startswith(RAW) or (schema, table) in _SMALL_TABLES:
            found.setdefault((schema, table), {})[column] = sql_type
    return [Shape(schema, table, columns) for (schema, table), columns in found.items()]


def _shapes_at(connection: duckdb.DuckDBPyConnection, build: str, number: int) -> Iterator[Shape]:
    for name, columns, types in connection.execute(
        f"select table_name, column_names, column_types from {identifier(build)}.audit.kept_shapes "
        f"where {holds_at(number)} order by table_name"
    ).fetchall():
        schema, _, table = name.partition(".")
        yield Shape(schema, table, dict(zip(json.loads(columns), json.loads(types), strict=True)))


def _cells(shape: Shape) -> str:
    return f"cast(to_json([{', '.join(f'cast({identifier(name)} as varchar)' for name in shape.columns)}]) as varchar)"


def _restore_small(connection: duckdb.DuckDBPyConnection, build: str, shape: Shape, number: int) -> None:
    columns = ", ".join(
        f"cast(cells[{place}] as {sql_type}) as {identifier(name)}"
        for place, (name, sql_type) in enumerate(shape.columns.items(), start=1)
    )
    query = (
        f"select {columns} from (select from_json(cells, '[\"varchar\"]') as cells, unnest(range(copies)) "
        f"from {identifier(build)}.audit.kept_inputs "
        f"where table_name = {literal(f'{shape.schema}.{shape.name}')} and {holds_at(number)})"
    )
    if shape.schema == "audit":
        connection.execute(f"insert into {shape.relation} by name {query}")
    else:
        connection.execute(f"create table {shape.relation} as {query}")


def _columns_of_raw(connection: duckdb.DuckDBPyConnection, build: str) -> dict[tuple[str, str], set[str]]:
    """By schema and table, of the tables of raw and of what it held before that hold any row."""
    found: dict[tuple[str, str], set[str]] = {}
    for schema, table, column in connection.execute(
        "select columns.schema_name, columns.table_name, columns.column_name from duckdb_columns() as columns "
        "inner join duckdb_tables() as tables using (database_name, schema_name, table_name) "
        f"where columns.database_name = ? and contains(schema_name, '{RAW}') and tables.estimated_size > 0",
        [build],
    ).fetchall():
        found.setdefault((schema, table), set()).add(column)
    return found


def _restore_raw(
    connection: duckdb.DuckDBPyConnection,
    build: str,
    shape: Shape,
    raw_tick: int,
    held: Mapping[tuple[str, str], set[str]],
) -> None:
    """What stood in raw at a tick: of what stands there now, and of what was taken out since."""
    definitions = ", ".join(f"{identifier(name)} {sql_type}" for name, sql_type in shape.columns.items())
    connection.execute(f"create table {shape.relation} ({definitions})")
    for schema, condition in (
        (shape.schema, "true"),
        (superseded.PREFIX + shape.schema, f"{superseded.UNTIL} > {raw_tick}"),
    ):
        present = held.get((schema, shape.name))
        if not present:
            continue
        columns = ", ".join(
            f"cast({identifier(name) if name in present else 'null'} as {sql_type}) as {identifier(name)}"
            for name, sql_type in shape.columns.items()
        )
        since = f"coalesce({superseded.SINCE}, 0) <= {raw_tick} and " if superseded.SINCE in present else ""
        connection.execute(
            f"insert into {shape.relation} select {columns} "
            f"from {identifier(build)}.{identifier(schema)}.{identifier(shape.name)} where {since}{condition}"
        )


def _restore_memories(connection: duckdb.DuckDBPyConnection, build: str, number: int, with_its_memory: bool) -> None:
    connection.execute("create schema if not exists intermediate")
    held = connection.execute(
        f"select table_name, run_number, row_count, content_hash from {identifier(build)}.audit.kept_memories "
        "where publication_number = ?",
        [number],
    ).fetchall()
    for memory, run, rows, content in held:
        source = f"{identifier(build)}.intermediate.{identifier(memory)}"
        connection.execute(f"create table intermediate.{identifier(memory)} as from {source} where run_number <= {run}")
        if _memory_state(connection, memory)[1:] != (rows, content):
            raise InputGone(
                f"the memory intermediate.{memory} is not what it was: {rows:,} rows up to run {run} were kept by "
                "their hash, and it holds others now; expected rows to be added only: somebody has edited or removed "
                "some"
            )
        if with_its_memory:
            connection.execute(
                f"insert into intermediate.{identifier(memory)} from {source} where run_number = {run + 1}"
            )
    if with_its_memory:
        for memory in MEMORIES:
            if memory not in {name for name, *_ in held} and _has_table(connection, build, "intermediate", memory):
                connection.execute(
                    f"create table intermediate.{identifier(memory)} as "
                    f"from {identifier(build)}.intermediate.{identifier(memory)} where run_number = 1"
                )


def _memories_now(connection: duckdb.DuckDBPyConnection) -> list[str]:
    (database,) = only_row(connection, "select current_database()")
    return [memory for memory in MEMORIES if _has_table(connection, database, "intermediate", memory)]


def _has_table(connection: duckdb.DuckDBPyConnection, database: str, schema: str, table: str) -> bool:
    found = connection.execute(
        "select 1 from duckdb_tables() where database_name = ? and schema_name = ? and table_name = ?",
        [database, schema, table],
    ).fetchone()
    return found is not None


def _memory_state(connection: duckdb.DuckDBPyConnection, memory: str) -> tuple[int, int, str]:
    """The last run, the rows and a hash of them that is the same in any order."""
    relation = f"intermediate.{identifier(memory)}"
    names = ", ".join(identifier(name) for name, *_ in connection.execute(f"describe {relation}").fetchall())
    run, rows, content = only_row(
        connection,
        f"select coalesce(max(run_number), 0), count(*), coalesce(sum(hash({names})), 0)::varchar from {relation}",
    )
    return int(run), int(rows), str(content)


def _kept_raw(connection: duckdb.DuckDBPyConnection) -> Sequence[str]:
    return [
        f"{identifier(schema)}.{identifier(table)}"
        for schema, table in connection.execute(
            "select schema_name, table_name from duckdb_tables() where database_name = current_database() "
            f"and starts_with(schema_name, {literal(superseded.PREFIX + RAW)}) order by all"
        ).fetchall()
    ]
