"""Days: of a table that comes a day at a time, one delivery of each day stays.

What lives here: which delivery of a day holds where an object's catalog entry says `day_tables`. A final one holds
against an intraday one, else the later against the earlier. What doesn't: what names say (day_tables.py), and versions
of records that have an id of their own (versions.py).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import duckdb

from dagster_project.engine import identifier, literal
from dagster_project.landing import raw_tables, sql, superseded
from dagster_project.landing.catalog import LandingObject
from dagster_project.landing.day_tables import DayTable, table_of
from dagster_project.landing.errors import LandingError
from dagster_project.landing.files import LandedFile

_FILES = "landing_day_files"
_HOLDING = "landing_days"


def with_their_parts(files: Sequence[LandedFile], changed: Collection[LandedFile]) -> list[LandedFile]:
    """The changed files with the other parts of their deliveries, which replace a day together."""
    deliveries = {table_of(file.object, file.name).delivery for file in changed}
    return [file for file in files if table_of(file.object, file.name).delivery in deliveries]


def replace_days(
    connection: duckdb.DuckDBPyConnection,
    landing_object: LandingObject,
    files: Sequence[LandedFile],
    first: int,
    has_earlier: bool,
) -> None:
    """Leave one delivery of each day that the load brought; `first` is the load's first delivery.

    Raises LandingError where two deliveries of a day may as well be two halves of it.
    """
    if landing_object.day_tables is None:
        return
    table, day = sql.table(landing_object), identifier(landing_object.day_tables)
    raw_tables.execute(
        connection,
        f"create or replace temp table {_HOLDING} as select distinct {day} as day from {table} "
        f"where _delivery >= {first}",
    )
    loaded = {file.name: table_of(landing_object, file.name) for file in files}
    _refuse_other_days(connection, landing_object, loaded, first)
    if not has_earlier and len({item.delivery for item in loaded.values()}) == 1:
        return
    _note_files(connection, landing_object, loaded, first)
    _refuse_lost_parts(connection, landing_object, loaded, first)
    _refuse_halves(connection, landing_object)
    holding = (
        f"select {day} as day, delivery from (select {day}, group_name as delivery, is_final, max(_delivery) as latest "
        f"from {table} inner join {_FILES} on file = _file where {day} in (select day from {_HOLDING}) "
        f"group by all) qualify row_number() over (partition by {day} order by is_final desc, latest desc) = 1"
    )
    # Of the delivery that holds, what an earlier night read of it goes, too, when this one has read it again.
    superseded.remove(
        connection,
        landing_object,
        "(select place.file, place.is_loaded, holding.day, "
        f"holding.delivery = place.group_name as holds from {_FILES} as place cross join ({holding}) as holding) "
        "as judged",
        f"kept._file = judged.file and kept.{day} = judged.day "
        f"and (not judged.holds or (judged.is_loaded and kept._delivery < {first}))",
    )


def _note_files(
    connection: duckdb.DuckDBPyConnection, landing_object: LandingObject, loaded: Mapping[str, DayTable], first: int
) -> None:
    """The files that rows of these days come from, with the delivery that each is a part of.

    A delivery is loaded when one of its files is: a file of it that is gone held an earlier delivery of that name.
    """
    table, day = sql.table(landing_object), identifier(landing_object.day_tables or "")
    names = [
        name
        for (name,) in connection.execute(
            f"select distinct _file from {table} where {day} in (select day from {_HOLDING})"
        ).fetchall()
    ]
    tables = [table_of(landing_object, name) for name in names]
    deliveries = {item.delivery for item in loaded.values()}
    connection.execute(
        f"create or replace temp table {_FILES} "
        "(file varchar, group_name varchar, is_final boolean, is_dated boolean, is_loaded boolean)"
    )
    if names:
        connection.execute(
            f"insert into {_FILES} select unnest(?), unnest(?), unnest(?), unnest(?), unnest(?)",
            [
                names,
                [item.delivery for item in tables],
                [item.is_final for item in tables],
                [bool(item.day) for item in tables],
                [item.delivery in deliveries for item in tables],
            ],
        )


def _refuse_other_days(
    connection: duckdb.DuckDBPyConnection, landing_object: LandingObject, loaded: Mapping[str, DayTable], first: int
) -> None:
    """A table named for a day holds that day; rows of another would replace it."""
    dated = {name: item.day for name, item in loaded.items() if item.day}
    if not dated:
        return
    table, day = sql.table(landing_object), identifier(landing_object.day_tables or "")
    named = ", ".join(f"({literal(name)}, {literal(of_day)})" for name, of_day in dated.items())
    found = connection.execute(
        f"select _file, {day}, count(*) from {table} inner join (values {named}) as named (file, of_day) "
        f"on file = _file where _delivery >= {first} and replace({day}, '-', '') <> of_day "
        "group by all order by all limit 1"
    ).fetchone()
    if found is not None:
        name, other, rows = found
        raise LandingError(
            f"{landing_object.source}: {name}: {rows:,} rows are of {landing_object.day_tables} {other}, but its name "
            f"says {dated[name]}; expected one day per table, since a table replaces its day; deliver the table as it "
            "was exported, or rename the file"
        )


def _refuse_lost_parts(
    connection: duckdb.DuckDBPyConnection, landing_object: LandingObject, loaded: Mapping[str, DayTable], first: int
) -> None:
    """New parts of a delivery of which the earlier ones are gone: nobody can tell whether they are the whole day."""
    table, day = sql.table(landing_object), identifier(landing_object.day_tables or "")
    earlier: dict[str, list[str]] = {}
    for (name,) in connection.execute(
        f"select distinct _file from {table} where _delivery < {first} and {day} in (select day from {_HOLDING})"
    ).fetchall():
        earlier.setdefault(table_of(landing_object, name).delivery, []).append(name)
    for delivery, before in sorted(earlier.items()):
        now = sorted(name for name, item in loaded.items() if item.delivery == delivery)
        is_parts = all(table_of(landing_object, name).is_part for name in (*before, *now))
        if now and is_parts and not set(before) & set(now):
            raise LandingError(
                f"{landing_object.source}: {now[0]} is a part of a delivery of which {sorted(before)[0]} was another, "
                "which is no longer in the landing folder; expected all parts together, since they replace the day "
                "together; put the others back, or deliver the whole under another name"
            )


def _refuse_halves(connection: duckdb.DuckDBPyConnection, landing_object: LandingObject) -> None:
    """Two files of one day, of which no name says that they are deliveries of it: halves have no event in common."""
    table, day = sql.table(landing_object), identifier(landing_object.day_tables or "")
    if not raw_tables.execute(connection, f"select count(*) from {_FILES} where not is_dated"):
        return
    keys = ", ".join(f"{key} as k{n}" for n, key in enumerate(sql.key_expressions(landing_object)))
    same = " and ".join(f"a.k{n} is not distinct from b.k{n}" for n in range(len(landing_object.key)))
    connection.execute(
        f"create or replace temp table landing_day_events as select {day} as day, group_name, is_dated, _file, {keys} "
        f"from {table} inner join {_FILES} on file = _file where {day} in (select day from {_HOLDING})"
    )
    groups = "select day, group_name, is_dated, min(_file) as file from landing_day_events group by all"
    found = connection.execute(
        f"with groups as ({groups}), shared as (select distinct a.day, a.group_name as one, b.group_name as other "
        f"from landing_day_events as a inner join landing_day_events as b on {same} and a.group_name < b.group_name) "
        "select a.day, a.file, b.file from groups as a inner join groups as b "
        "on a.day = b.day and a.group_name < b.group_name and not (a.is_dated and b.is_dated) "
        "left join shared on shared.day = a.day and shared.one = a.group_name and shared.other = b.group_name "
        "where shared.day is null order by all limit 1"
    ).fetchone()
    connection.execute("drop table landing_day_events")
    if found is not None:
        of_day, one, other = found
        raise LandingError(
            f"{landing_object.source}: {one} and {other} both hold {landing_object.day_tables} {of_day} and have no "
            "record in common, so that they may be parts of the day, of which the later would replace the earlier, or "
            "two deliveries of it; expected one file per day, or names that tell; name them as parts of one delivery "
            f"(…-000000000000, …-000000000001) or by the table ({landing_object.name}_{of_day})"
        )
