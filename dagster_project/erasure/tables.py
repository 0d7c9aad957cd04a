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
from dagster_project.erasure import numbers
from dagster_project.erasure.numbers import Place
from dagster_project.erasure.person import OWN_RECORDS, meanings
from dagster_project.erasure.pseudonyms import is_long_id
from dagster_project.erasure.texts import EMAIL, ID, NAME, Texts, Value, likely, write_lookups
from dagster_project.landing.catalog import catalog
from dagster_project.landing.inspection import LINEAGE_COLUMNS
from dagster_project.publish.masking import fold

# Columns outside the landing list that tell of a person, in rows that are the person's.
_PERSONAL = re.compile(
    r"(.*_)?(first|last|given|family|sur|full|middle|birth|nick)_?name|(.*_)?(name|traits|ip|title|salutation|gender)"
    r"|.*(phone|mobile|fax|street|address|postal|zip|birth|linkedin|twitter|facebook|avatar|photo).*"
    # What was typed into a form.
    r"|(form_)?values|attributes"
)
# Listed columns of raw that no model reads, with the whole of a form.
_UNREAD = {"form_fields"}
# Columns of models that hold a person's name or a part of it.
_NAME_COLUMN = re.compile(r"(.*_)?(lead|contact|person|first|last|full|sur)_?name", re.IGNORECASE)

# Cells that quote anybody's record: where one of the values stands in them, the parts of names go as well.
_QUOTES = {("check_results", "sample_rows"), ("check_results", "message"), ("landed_values", "example")}

# A table with more rows is looked at column by column: all of its cells at once would fill the memory.
_MANY_ROWS = 200_000

# What becomes of a cell: without the values; without names that others have as well, in the person's own rows; without
# parts of names, in what nothing is worked out from; a name as a whole.
_VALUES, _OWN, _WHOLE, _NAMES = "values", "own", "whole", "names"
# The history of a contact in one cell: without properties that nothing reads.
_HISTORY = "history"


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
    # By system what stands for numbers in the columns that name people by them.
    numbers: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

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
    # The table of raw by whose columns this one names people, where that is another.
    numbered_as: tuple[str, str] | None = None

    @property
    def relation(self) -> str:
        return f"{identifier(self.schema)}.{identifier(self.name)}"

    @property
    def texts(self) -> list[tuple[int, str]]:
        return [(place, name) for place, (name, kind) in enumerate(self.columns) if _holds_text(kind)]

    @property
    def is_raw(self) -> bool:
        return self.schema.startswith(("raw_", "kept_raw_"))

    @property
    def object(self) -> tuple[str, str]:
        """Of raw, the source and the object."""
        return re.sub("^(kept_)?raw_", "", self.schema), self.name

    def places(self, erased: Erased) -> list[Place]:
        """The columns in which it may name one of the people by a number."""
        schema, name = self.numbered_as or (self.schema, self.name)
        texts = [column for column, kind in self.columns if _is_text(kind)]
        return [place for place in numbers.places(schema, name, texts) if place.system in erased.numbers]


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
            named = _named(connection, f"old.{table.relation}", table, texts, erased)
            selection = _selection(connection, "old.", table, hits.get(table.number, {}), named, erased)
            connection.execute(f"insert into new.{table.relation} {selection}")
            if rows := _changed(connection, table, hits.get(table.number, {}), named):
                changed[f"{table.schema}.{table.name}"] = rows
        _compare(connection, tables)
        connection.execute("checkpoint new")
        connection.execute("detach new")
    return changed, texts


def rewrite_temporary(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    erased: Erased,
    *,
    as_table: tuple[str, str] | None = None,
    numbered_as: tuple[str, str] | None = None,
) -> None:
    """The same for a temporary table that is about to become a part of `as_table`, or has columns of `numbered_as`."""
    relation = f"temp.{identifier(name)}"
    columns = [(column, kind) for column, kind, *_ in connection.execute(f"describe {relation}").fetchall()]
    schema, table_name = as_table or ("", name)
    table = _Table(0, schema, table_name, tuple(columns), numbered_as)
    texts = erased.texts()
    hits = _find(connection, "", [table], texts, erased, relation)
    named = _named(connection, relation, table, texts, erased)
    selection = _selection(connection, "", table, hits.get(0, {}), named, erased, relation)
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
        "create or replace temp table erasure_numbers (system varchar, value varchar, rewritten varchar);"
        "create or replace temp table erasure_lists (system varchar, value varchar, rewritten varchar);"
    )
    _insert(
        connection,
        "erasure_numbers",
        [(system, number, new) for system, found in erased.numbers.items() for number, new in found.items()],
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
    _insert(connection, "erasure_rewrites", rows)
    hits: dict[int, dict[int, bool]] = {}
    for number, place, is_exact in connection.execute(
        "select relation, place, bool_or(lower(value) in (from temp.erasure_exact)) from temp.erasure_candidates "
        "where value in (select value from temp.erasure_rewrites) group by all order by all"
    ).fetchall():
        hits.setdefault(number, {})[place] = is_exact
    return hits


def _insert(connection: duckdb.DuckDBPyConnection, table: str, rows: Sequence[tuple[str, str, str | None]]) -> None:
    if rows:
        connection.execute(
            f"insert into temp.{table} select unnest(?::varchar[]), unnest(?::varchar[]), unnest(?::varchar[])",
            [list(column) for column in zip(*rows, strict=True)],
        )


def _named(
    connection: duckdb.DuckDBPyConnection, source: str, table: _Table, texts: Texts, erased: Erased
) -> list[Place]:
    """The columns in which the table does name one of the people by a number.

    What is put in place of each list of numbers stands in `temp.erasure_lists` then, and of each contact's history in
    `temp.erasure_rewrites`.
    """
    found = []
    # By system and list, by contact's history: each once, since rows are joined with them.
    lists: dict[tuple[str, str], str] = {}
    histories: dict[str, str | None] = {}
    connection.execute(
        f"delete from temp.erasure_lists; delete from temp.erasure_rewrites where purpose = {literal(_HISTORY)}"
    )
    for place in table.places(erased):
        column = f"t.{identifier(place.column)}"
        condition = f" and {place.condition}" if place.condition else ""
        if not place.is_list:
            is_there = f"{column} in (select value from temp.erasure_numbers where system = {literal(place.system)})"
            query = f"select exists (from {source} as t where {is_there}{condition})"
            found += [place] if only_row(connection, query)[0] else []
            continue
        mine = erased.numbers[place.system]
        cells = connection.execute(
            f"select distinct cast({column} as varchar) from {source} as t "
            f"where {numbers.has_number(column, mine)}{condition}"
        ).fetchall()
        for (cell,) in cells:
            new = texts.rewritten(numbers.list_without(cell, mine), is_own=not table.is_raw)
            if new != cell:
                lists[place.system, cell] = new
                found += [place] if place not in found else []
    if table.is_raw and table.object == ("hubspot", "contacts"):
        columns = meanings(connection, source)
        for column in (columns[name] for name in numbers.HISTORY_COLUMNS if name in columns):
            cells = connection.execute(
                f"select distinct {column} from {source} as t where {column} is not null "
                f"and {_qualified(table, columns['id'])} in (select record_id from temp.erasure_own)"
            ).fetchall()
            for (cell,) in cells:
                rest = numbers.history_without(cell)
                histories[cell] = texts.rewritten(rest, is_own=True) if rest else None
    _insert(connection, "erasure_lists", [(system, cell, new) for (system, cell), new in lists.items()])
    _insert(connection, "erasure_rewrites", [(_HISTORY, cell, rest) for cell, rest in histories.items()])
    return found


def _qualified(table: _Table, id_column: str) -> str:
    """SQL for the qualified id of a record of people."""
    start = OWN_RECORDS[table.object]
    return f"{literal(start)} || {id_column}" if start else id_column


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
    named: Sequence[Place],
    erased: Erased,
    relation: str | None = None,
) -> str:
    source = relation or f"{database}{table.relation}"
    is_own = table.is_raw and table.object in OWN_RECORDS
    if not (hits or named or is_own):
        return f"select * from {source}"
    exact = [identifier(table.columns[place][0]) for place, is_exact in hits.items() if is_exact]
    joins: list[str] = []
    # By column, SQL for whether it names one of the people by a number, and for what stands there then.
    by_number: dict[str, list[tuple[str, str]]] = {}
    for number, numbered in enumerate(named):
        alias = f"number_{number}"
        lookup = "lists" if numbered.is_list else "numbers"
        joins.append(
            f"left join temp.erasure_{lookup} as {alias} on {alias}.system = {literal(numbered.system)} "
            f"and {alias}.value = cast(t.{identifier(numbered.column)} as varchar)"
        )
        is_named = f"({alias}.value is not null" + (f" and {numbered.condition})" if numbered.condition else ")")
        by_number.setdefault(numbered.column, []).append((is_named, f"{alias}.rewritten"))
    is_numbered = [is_named for found in by_number.values() for is_named, _ in found]
    belongs = (
        " or ".join(
            [f"coalesce(lower(t.{name}) in (from temp.erasure_exact), false)" for name in exact]
            + [f"coalesce({is_named}, false)" for is_named in is_numbered]
        )
        or "false"
    )

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
    if is_own and id_column:
        joins.append(f"left join temp.erasure_own as own on own.record_id = {_qualified(table, f't.{id_column}')}")
    told, histories = (table.is_raw and numbers.history_of(table.schema, table.name)) or ("", ())
    mine = [number for numbered in named for number in erased.numbers[numbered.system]]
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
                elif exact or named:
                    is_free = table.is_raw and listed.get(name.lower(), "free_text") == "free_text"
                    purpose = _WHOLE if is_free else _NAMES if _NAME_COLUMN.fullmatch(name) else _OWN
                    own = rewritten(place, name, purpose)
                    value = f"case when ({belongs}) and {own}.value is not null then {own}.rewritten else {value} end"
        for is_named, new in by_number.get(name, ()):
            new = "null" if is_rejects and name == "record" else new
            value = f"case when {is_named} then {new} else cast({value} as varchar) end"
        if table.is_raw and name not in LINEAGE_COLUMNS and name != "_until":
            is_listed = name.lower() in listed
            if is_own and id_column:
                if meaning in ("firstname", "middlename"):
                    value = f"case when own.record_id is null then {value} end"
                elif meaning in ("lastname", "name"):
                    value = f"case when own.record_id is null or {column} is null then {value} else own.name end"
                elif meaning in numbers.HISTORY_COLUMNS:
                    rest = f"{rewritten(place, name, _HISTORY)}.rewritten"
                    value = f"case when own.record_id is null then {value} else {rest} end"
                elif not is_listed:
                    value = f"case when own.record_id is null then {value} end"
            elif name in histories:
                is_kept = numbers.is_read(f"t.{identifier(told)}")
                value = f"case when ({belongs}) and not {is_kept} then null else {value} end"
            elif (exact or named) and (_PERSONAL.fullmatch(name.lower()) if not is_listed else name in _UNREAD):
                value = f"case when {belongs} then null else {value} end"
            elif named and not is_listed:
                value = f"case when ({belongs}) and {numbers.has_number(column, mine)} then null else {value} end"
        columns.append(f"cast({value} as {kind}) as {identifier(name)}" if value != column else column)
    return f"select {', '.join(columns)} from {source} as t {' '.join(joins)}"


def _listed(table: _Table) -> dict[str, str]:
    """The columns of the landing list, with their types."""
    source, name = table.object
    found = [one for one in catalog().objects if one.source == source and one.snake_name == name]
    return {column.name.lower(): column.type for one in found for column in one.columns}


def _changed(
    connection: duckdb.DuckDBPyConnection, table: _Table, hits: Mapping[int, bool], named: Iterable[Place]
) -> int:
    """How many rows had one of the values."""
    found = [
        f"cast(t.{identifier(table.columns[place][0])} as varchar) in "
        "(select value from temp.erasure_rewrites where purpose = 'values')"
        for place in hits
    ]
    for place in named:
        lookup = "erasure_lists" if place.is_list else "erasure_numbers"
        found.append(
            f"(cast(t.{identifier(place.column)} as varchar) in (select value from temp.{lookup} "
            f"where system = {literal(place.system)}) and {place.condition or 'true'})"
        )
    if not found:
        return 0
    query = f"select count(*) from old.{table.relation} as t where {' or '.join(found)}"
    return int(only_row(connection, query)[0])


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
