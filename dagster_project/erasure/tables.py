"""A DuckDB file without a person: every table copied into a new file, with pseudonyms in place of the person's values.

What lives here: finding the cells, what becomes of each, copying, and comparing the copy. What doesn't: the values.

Nothing is worked out again: rows stay what they were, in number, order and every amount. The new file has no page of
the old one, so that nothing of what was replaced is left in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from dagster_project.engine import identifier, literal, only_row
from dagster_project.erasure.person import OWN_RECORDS
from dagster_project.erasure.pseudonyms import is_long_id
from dagster_project.erasure.texts import EMAIL, ID, NAME, Texts, Value, likely, write_lookups
from dagster_project.landing.catalog import catalog
from dagster_project.landing.inspection import LINEAGE_COLUMNS
from dagster_project.publish.masking import fold

# Columns outside the landing list that tell of a person, in rows that are the person's.
_PERSONAL = re.compile(
    r"(.*_)?(first|last|given|family|sur|full|middle|birth|nick)_?name|(.*_)?(name|traits|ip|title|salutation|gender)"
    r"|.*(phone|mobile|fax|street|address|postal|zip|birth|linkedin|twitter|facebook|avatar|photo).*"
)
# Columns of models that hold a person's name or a part of it.
_NAME_COLUMN = re.compile(r"(.*_)?(lead|contact|person|first|last|full|sur)_?name", re.IGNORECASE)

# Cells that quote anybody's record: where one of the values stands in them, the parts of names go as well.
_QUOTES = {("check_results", "sample_rows"), ("check_results", "message"), ("landed_values", "example")}

# A table with more rows is looked at column by column: all of its cells at once would fill the memory.
_MANY_ROWS = 200_000

# What becomes of a cell: without the values; without names that others have as well, in the person's own rows; without
# parts of names, in what nothing is worked out from; a name as a whole.
_VALUES, _OWN, _WHOLE, _NAMES = "values", "own", "whole", "names"


class NotErased(RuntimeError):
    """The copy isn't what it should be, so nothing was replaced; the message is one line."""


@dataclass(frozen=True)
class Erased:
    """What is taken out of files: the values, and of each record of a person what stands for the name, if anything."""

    values: Sequence[Value]
    names: Mapping[str, str | None]
    # Folded names as others have them as well, parts of names, with what stands for them in the person's rows.
    shared_names: Mapping[str, str | None] = field(default_factory=dict)
    parts: Mapping[str, str | None] = field(default_factory=dict)

    @property
    def own(self) -> list[Value]:
        """What is taken out of the person's own rows alone."""
        return [Value(NAME, name, new or "") for name, new in {**self.shared_names, **self.parts}.items() if name]

    def texts(self) -> Texts:
        return Texts(self.values, self.own)


@dataclass(frozen=True)
class _Table:
    number: int
    schema: str
    name: str
    # Name and type.
    columns: tuple[tuple[str, str], ...]

    @property
    def relation(self) -> str:
        return f"{identifier(self.schema)}.{identifier(self.name)}"

    @property
    def texts(self) -> list[tuple[int, str]]:
        return [(place, name) for place, (name, kind) in enumerate(self.columns) if _holds_text(kind)]

    @property
    def is_raw(self) -> bool:
        return self.schema.startswith(("raw_", "kept_raw_"))


def copy_without(old: Path, new: Path, erased: Erased, *, storage: str | None) -> tuple[dict[str, int], Texts]:
    """Copy a file and say, by table, how many rows are others; `storage` is the format of the new file.

    Raises NotErased when the copy differs in anything but texts of the person.
    """
    texts = erased.texts()
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(f"attach {literal(str(old))} as old (read_only)")
        version = f" (storage_version {literal(storage)})" if storage else ""
        connection.execute(f"attach {literal(str(new))} as new{version}")
        connection.execute("copy from database old to new (schema)")
        tables = _tables(connection)
        hits = _find(connection, "old.", tables, texts, erased)
        changed = {}
        for table in tables:
            selection = _selection(connection, "old.", table, hits.get(table.number, {}), erased)
            connection.execute(f"insert into new.{table.relation} {selection}")
            if rows := _changed(connection, table, hits.get(table.number, {}), erased):
                changed[f"{table.schema}.{table.name}"] = rows
        _compare(connection, tables)
        connection.execute("checkpoint new")
        connection.execute("detach new")
    return changed, texts


def rewrite_temporary(
    connection: duckdb.DuckDBPyConnection, name: str, erased: Erased, *, as_table: tuple[str, str] | None = None
) -> None:
    """The same for a temporary table that is about to become a part of `as_table`."""
    relation = f"temp.{identifier(name)}"
    columns = [(column, kind) for column, kind, *_ in connection.execute(f"describe {relation}").fetchall()]
    schema, table_name = as_table or ("", name)
    table = _Table(0, schema, table_name, tuple(columns))
    hits = _find(connection, "", [table], erased.texts(), erased, relation)
    selection = _selection(connection, "", table, hits.get(0, {}), erased, relation)
    connection.execute(f"create or replace temp table {identifier(name)} as {selection}")


def _tables(connection: duckdb.DuckDBPyConnection) -> list[_Table]:
    found: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for schema, name, column, kind in connection.execute(
        """
        select columns.schema_name, columns.table_name, columns.column_name, columns.data_type
        from duckdb_columns() as columns
        inner join duckdb_tables() as tables using (database_name, schema_name, table_name)
        where columns.database_name = 'old' and not tables.internal
        order by columns.schema_name, columns.table_name, columns.column_index
        """
    ).fetchall():
        found.setdefault((schema, name), []).append((column, kind))
    return [_Table(number, *key, tuple(columns)) for number, (key, columns) in enumerate(found.items())]


def _find(
    connection: duckdb.DuckDBPyConnection,
    database: str,
    tables: Iterable[_Table],
    texts: Texts,
    erased: Erased,
    relation: str | None = None,
) -> dict[int, dict[int, bool]]:
    """By table the columns in which something is to be replaced, and whether one of them holds whole values.

    What is put in place of each text stands in `temp.erasure_rewrites` then, by what it is for.
    """
    write_lookups(connection, texts.keywords, texts.phones)
    connection.execute(
        "create or replace temp table erasure_rewrites (purpose varchar, value varchar, rewritten varchar);"
        "create or replace temp table erasure_candidates (relation bigint, place bigint, value varchar);"
        "create or replace temp table erasure_exact (value varchar);"
        "create or replace temp table erasure_own (record_id varchar, name varchar);"
    )
    exact = sorted({value.plain.lower() for value in erased.values if value.kind in (EMAIL, ID)})
    if exact:
        connection.execute("insert into temp.erasure_exact select unnest(?::varchar[])", [exact])
    own = {**erased.names, **{one[:15]: name for one, name in erased.names.items() if is_long_id(one)}}
    if own:
        connection.execute(
            "insert into temp.erasure_own select unnest(?::varchar[]), unnest(?::varchar[])",
            [list(own), list(own.values())],
        )
    for table in tables:
        source = relation or f"{database}{table.relation}"
        if not table.texts or not (rows := only_row(connection, f"select count(*) from {source}")[0]):
            continue
        groups = [table.texts] if rows <= _MANY_ROWS else [[one] for one in table.texts]
        for group in groups:
            places = ", ".join(str(place) for place, _ in group)
            cells = ", ".join(f"cast({identifier(name)} as varchar)" for _, name in group)
            connection.execute(
                f"insert into temp.erasure_candidates select {table.number}, place, value from ("
                + likely(f"select unnest([{places}]) as place, unnest([{cells}]) as value from {source}")
                + ")"
            )
    candidates = connection.execute("select distinct value from temp.erasure_candidates order by all").fetchall()
    shared = Texts(texts.values, [value for value in texts.own if value.plain in erased.shared_names])
    rows = [row for (text,) in candidates for row in _rewritten(text, texts, shared, erased)]
    if rows:
        connection.execute(
            "insert into temp.erasure_rewrites select unnest(?::varchar[]), unnest(?::varchar[]), unnest(?::varchar[])",
            [list(column) for column in zip(*rows, strict=True)],
        )
    hits: dict[int, dict[int, bool]] = {}
    for number, place, is_exact in connection.execute(
        "select relation, place, bool_or(lower(value) in (from temp.erasure_exact)) from temp.erasure_candidates "
        "where value in (select value from temp.erasure_rewrites) group by all order by all"
    ).fetchall():
        hits.setdefault(number, {})[place] = is_exact
    return hits


def _rewritten(text: str, texts: Texts, shared: Texts, erased: Erased) -> list[tuple[str, str, str | None]]:
    """What a text becomes, by purpose; `shared` knows names that others have as well, and no parts of names."""
    values = texts.rewritten(text)
    whole = texts.rewritten(text, is_own=True)
    own = values
    if any(name in fold(text) for name in erased.shared_names):
        own = shared.rewritten(text, is_own=True)
    found: list[tuple[str, str, str | None]] = [
        (purpose, text, new) for purpose, new in ((_VALUES, values), (_OWN, own), (_WHOLE, whole)) if new != text
    ]
    name = " ".join(re.findall(r"[^\W_]+", fold(text)))
    if name in erased.parts:
        found.append((_NAMES, text, erased.parts[name]))
    elif values != text or own != text:
        found.append((_NAMES, text, own if own != text else values))
    return found


def _selection(
    connection: duckdb.DuckDBPyConnection,
    database: str,
    table: _Table,
    hits: Mapping[int, bool],
    erased: Erased,
    relation: str | None = None,
) -> str:
    source = relation or f"{database}{table.relation}"
    own_type = OWN_RECORDS.get((re.sub("^(kept_)?raw_", "", table.schema), table.name)) if table.is_raw else None
    if not hits and not own_type:
        return f"select * from {source}"
    exact = [identifier(table.columns[place][0]) for place, is_exact in hits.items() if is_exact]
    belongs = " or ".join(f"coalesce(lower(t.{name}) in (from temp.erasure_exact), false)" for name in exact) or "false"
    joins: list[str] = []

    def rewritten(place: int, name: str, purpose: str) -> str:
        alias = f"{purpose}_{place}"
        joins.append(
            f"left join temp.erasure_rewrites as {alias} on {alias}.purpose = {literal(purpose)} "
            f"and {alias}.value = cast(t.{identifier(name)} as varchar)"
        )
        return alias

    listed = _listed(table) if table.is_raw else {}
    is_rejects = (table.schema, table.name) in {("audit", "rejected_rows"), ("", "landing_rejects")}
    id_column = next((identifier(name) for name, _ in table.columns if name.lower() == "id"), None)
    if own_type and id_column:
        joins.append(f"left join temp.erasure_own as own on own.record_id = t.{id_column}")
    columns = []
    for place, (name, kind) in enumerate(table.columns):
        column = f"t.{identifier(name)}"
        value = column
        meaning = name.lower().replace("_", "")
        if place in hits:
            if not _is_text(kind):
                # Lists and structs outside the landing list: nothing reads them.
                value = f"case when {rewritten(place, name, _WHOLE)}.value is null then {column} end"
            else:
                alias = rewritten(place, name, _VALUES)
                plain = f"cast({column} as varchar)"
                value = f"coalesce({alias}.rewritten, {plain})"
                if is_rejects and name == "record":
                    value = f"case when {alias}.value is null then {plain} end"
                elif (table.name, name) in _QUOTES or is_rejects:
                    whole = rewritten(place, name, _WHOLE)
                    value = f"case when {alias}.value is null then {plain} else {whole}.rewritten end"
                elif exact:
                    is_free = table.is_raw and listed.get(name.lower(), "free_text") == "free_text"
                    purpose = _WHOLE if is_free else _NAMES if _NAME_COLUMN.fullmatch(name) else _OWN
                    own = rewritten(place, name, purpose)
                    value = f"case when ({belongs}) and {own}.value is not null then {own}.rewritten else {value} end"
        if table.is_raw and name not in LINEAGE_COLUMNS and name != "_until":
            is_listed = name.lower() in listed
            if own_type and id_column:
                if meaning in ("firstname", "middlename"):
                    value = f"case when own.record_id is null then {value} end"
                elif meaning in ("lastname", "name"):
                    value = f"case when own.record_id is null or {column} is null then {value} else own.name end"
                elif not is_listed:
                    value = f"case when own.record_id is null then {value} end"
            elif exact and not is_listed and _PERSONAL.fullmatch(name.lower()):
                value = f"case when {belongs} then null else {value} end"
        columns.append(f"cast({value} as {kind}) as {identifier(name)}" if value != column else column)
    return f"select {', '.join(columns)} from {source} as t {' '.join(joins)}"


def _listed(table: _Table) -> dict[str, str]:
    """The columns of the landing list, with their types."""
    system = re.sub("^(kept_)?raw_", "", table.schema)
    found = [one for one in catalog().objects if one.source == system and one.snake_name == table.name]
    return {column.name.lower(): column.type for one in found for column in one.columns}


def _changed(connection: duckdb.DuckDBPyConnection, table: _Table, hits: Mapping[int, bool], erased: Erased) -> int:
    """How many rows had one of the values."""
    if not hits:
        return 0
    found = " or ".join(
        f"cast({identifier(table.columns[place][0])} as varchar) in "
        "(select value from temp.erasure_rewrites where purpose = 'values')"
        for place in hits
    )
    return int(only_row(connection, f"select count(*) from old.{table.relation} where {found}")[0])


def _compare(connection: duckdb.DuckDBPyConnection, tables: Iterable[_Table]) -> None:
    """Raise NotErased unless the copy has the same tables, rows, numbers, dates, views, comments and defaults."""
    for table in tables:
        figures = [
            identifier(name)
            for name, kind in table.columns
            if not _holds_text(kind) and (not table.is_raw or name.lower() in _listed(table))
        ]
        mark = f"coalesce(sum(hash({', '.join(figures)})), 0)" if figures else "0"
        before, after = (
            only_row(connection, f"select count(*), {mark} from {database}.{table.relation}")
            for database in ("old", "new")
        )
        if before != after:
            raise NotErased(
                f"{table.schema}.{table.name}: the copy has {after[0]:,} rows, the file {before[0]:,}, or other "
                "figures; expected the same but for texts; nothing was changed; keep the file and report it"
            )
    for function, told in (
        ("duckdb_tables", "schema_name, table_name, comment, sql"),
        ("duckdb_views", "schema_name, view_name, comment, sql"),
        ("duckdb_columns", "schema_name, table_name, column_name, data_type, is_nullable, column_default, comment"),
        ("duckdb_indexes", "schema_name, index_name, sql"),
        ("duckdb_sequences", "schema_name, sequence_name, last_value"),
        ("duckdb_types", "schema_name, type_name, labels"),
    ):
        lost = connection.execute(
            f"select {told} from {function}() where database_name = 'old' and not internal "
            f"except select {told} from {function}() where database_name = 'new' and not internal limit 1"
            if function not in ("duckdb_indexes", "duckdb_sequences")
            else f"select {told} from {function}() where database_name = 'old' "
            f"except select {told} from {function}() where database_name = 'new' limit 1"
        ).fetchone()
        if lost:
            raise NotErased(
                f"{'.'.join(map(str, lost[:2]))}: the copy lacks it or has it otherwise; expected the same but for "
                "texts; nothing was changed; keep the file and report it"
            )


def _is_text(kind: str) -> bool:
    return kind in ("VARCHAR", "JSON")


def _holds_text(kind: str) -> bool:
    return not kind.startswith("ENUM") and ("VARCHAR" in kind or "JSON" in kind)
