"""Every model's rows on Spark beside DuckDB's: `compare` tells which are equal, and of the others where they differ.

Money, counts, dates and texts are compared exactly, doubles to a billionth of their size. DuckDB reads both sides: its
own build file, and the Parquet files that Spark wrote.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import duckdb

from dagster_project.engine import identifier, literal

# Of what differs between doubles, what is noise: the order in which a sum was taken.
RELATIVE = 1e-9
ABSOLUTE = 1e-12

# Numbers that rows get in any order (`any_number`); what they join is compared where it is joined.
ARBITRARY = {"hit_key", "session_key"}


def compare(build_file: Path, tables: Path, inputs: Path, manifest: Mapping[str, Any]) -> Iterator[str]:
    """A line per model that differs, upstream first, and then how many are equal, of all and of the marts.

    `tables` are what Spark made; `inputs` hold what it added to, the memory of earlier nights.
    """
    nodes = {
        key: node
        for key, node in manifest["nodes"].items()
        if node["resource_type"] == "model" and node["config"]["materialized"] != "ephemeral"
    }
    upstream = {key: sorted(set(node["depends_on"]["nodes"]) & set(nodes)) for key, node in sorted(nodes.items())}
    equal, differing = {"models": 0, "marts": 0}, set()
    with duckdb.connect(str(build_file), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        for key in TopologicalSorter(upstream).static_order():
            node = nodes[key]
            place = tables / f"{node['schema']}.db" / node["alias"]
            if (inputs / node["schema"] / node["alias"]).exists():
                place = inputs / node["schema"] / node["alias"]
            found = difference(connection, node["schema"], node["alias"], place)
            if found is None:
                equal["models"] += 1
                equal["marts"] += node["schema"] == "marts"
                continue
            after = sorted(nodes[parent]["alias"] for parent in upstream[key] if parent in differing)
            differing.add(key)
            yield f"{node['schema']}.{node['alias']}: {found}" + (f" (after {', '.join(after[:3])})" if after else "")
    of_marts = sum(node["schema"] == "marts" for node in nodes.values())
    yield f"{equal['models']} of {len(nodes)} models equal"
    yield f"{equal['marts']} of {of_marts} marts equal"


def difference(connection: duckdb.DuckDBPyConnection, schema: str, name: str, place: Path) -> str | None:
    """What is different in Spark's table, or None."""
    if not any(place.glob("*.parquet")):
        return "Spark has not built it"
    described = connection.execute(f"describe {identifier(schema)}.{identifier(name)}").fetchall()
    columns = [(column, data_type) for column, data_type, *_ in described]
    ours = [row[0] for row in connection.execute(f"describe from {_files(place)}").fetchall()]
    if [column for column, _ in columns] != ours:
        return f"its columns are {', '.join(ours)}; in DuckDB {', '.join(column for column, _ in columns)}"
    columns = [(column, data_type) for column, data_type in columns if column not in ARBITRARY]
    theirs = _numbered(f"{identifier(schema)}.{identifier(name)}", columns)
    try:
        return _first_difference(connection, columns, theirs, _numbered(_files(place), columns))
    except duckdb.ConversionException as error:
        return str(error)


def _files(place: Path) -> str:
    return f"read_parquet({literal(str(place / '*.parquet'))}, union_by_name = true)"


def _numbered(source: str, columns: Sequence[tuple[str, str]]) -> str:
    """The rows in an order that small differences of doubles don't change, numbered."""
    values = [f"cast({identifier(column)} as {data_type}) as {identifier(column)}" for column, data_type in columns]
    exact = [identifier(column) for column, data_type in columns if data_type != "DOUBLE"]
    rough = [f"format('{{:.6e}}', {identifier(column)})" for column, data_type in columns if data_type == "DOUBLE"]
    order = f"order by {', '.join(exact + rough)}" if columns else ""
    selected = ", ".join(values) or "0 as nothing"
    return f"select *, row_number() over ({order}) as place from (select {selected} from {source})"


def _first_difference(
    connection: duckdb.DuckDBPyConnection, columns: Sequence[tuple[str, str]], theirs: str, ours: str
) -> str | None:
    wrong = [f"count(*) filter (where not {_same(column, data_type)})" for column, data_type in columns]
    counts = connection.execute(
        f"select {', '.join(['count(theirs.place)', 'count(ours.place)', *wrong])} "
        f"from ({theirs}) as theirs full join ({ours}) as ours on theirs.place = ours.place"
    ).fetchone()
    assert counts is not None
    in_duckdb, on_spark, *differences = counts
    broken = [column for (column, _), count in zip(columns, differences, strict=True) if count]
    if in_duckdb == on_spark and not broken:
        return None
    # The rows that only one side has tell more than those that share a place.
    exact = ", ".join(
        f"cast({identifier(column)} as {data_type}) as {identifier(column)}"
        for column, data_type in columns
        if data_type != "DOUBLE"
    )
    told = [f"{on_spark} rows, in DuckDB {in_duckdb}" if in_duckdb != on_spark else f"{max(differences)} rows"]
    told.append("columns " + ", ".join(broken[:6]))
    if exact:
        for side, one, other in (("Spark", ours, theirs), ("DuckDB", theirs, ours)):
            query = f"(select {exact} from ({one})) except all (select {exact} from ({other})) order by all limit 1"
            rows = connection.execute(query).fetchall()
            told += [f"only in {side}: {row}" for row in rows]
    return "; ".join(told)


def _same(column: str, data_type: str) -> str:
    theirs, ours = f"theirs.{identifier(column)}", f"ours.{identifier(column)}"
    if data_type != "DOUBLE":
        return f"({theirs} is not distinct from {ours})"
    return (
        f"coalesce(abs({theirs} - {ours}) <= {ABSOLUTE} + {RELATIVE} * greatest(abs({theirs}), abs({ours})), "
        f"{theirs} is not distinct from {ours})"
    )
