"""Reports of ad networks: total rows among the records, rows finer than a day and campaign, and days delivered again.

What lives here: what an object's `sums` and `optional_key` in the catalog mean. What doesn't: versions of records that
have an id of their own (versions.py).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

import duckdb

from dagster_project.engine import identifier
from dagster_project.landing import raw_tables, spelling, sql
from dagster_project.landing.catalog import LandingObject
from dagster_project.landing.errors import LandingError
from dagster_project.landing.inspection import InspectedFile

# What reports call the row below the table, in the languages that the networks' interfaces speak.
_TOTALS = (
    "total|totals|totale|totaal|totalt|totaux|gesamt|gesamtsumme|gesamtergebnis|gesamtwert|summe|zwischensumme|insgesamt|"
    "subtotal|somme|suma|soma|sum|celkem|razem|toplam|overall|yhteens\u00e4|\u0438\u0442\u043e\u0433\u043e|"
    "\u0432\u0441\u0435\u0433\u043e|\u5408\u8ba1|\u603b\u8ba1|\u5408\u8a08"
)
_BEFORE = "(?:(?:grand|sub|overall|report|account|campaign|campaigns|filtered)[ _-]*)?"
_TOTAL_PATTERN = f"{_BEFORE}(?:{_TOTALS})(?:[ :(\\x{{2013}}-].*)?"

# Columns in which a finer report's rows differ: names of what it is split by, and numbers only where they are such.
_SPLITS = "(^|_)(id|key|hour|device|network|adgroup|ad_group|adset|ad_set|ad|keyword|placement)$|id$|hour"
# Columns that tell when or by what a row was loaded: they make versions, not parts.
_VERSIONING = (
    "^_|(^|_)(synced|extracted|loaded|updated|modified|inserted|created)(_at|_on|_time|_date)?$|batch|sequence"
)


def summary_condition(
    landing_object: LandingObject, texts: Mapping[str, str], cost: str | None, relation: str
) -> str | None:
    """SQL condition: the row sums up others. `texts` is SQL for the delivered text of the columns that the file has.

    A campaign may be called Total: only a name beside no campaign id says so. A row without an id is a total too when
    its cost is that of all other rows together, or of all others of its day.
    """
    if not landing_object.sums or "campaign_id" not in texts:
        return None

    def word(name: str) -> str:
        text = texts.get(name)
        stripped = spelling.stripped(text) if text else "''"
        return f"coalesce(regexp_full_match(lower({stripped}), '{_TOTAL_PATTERN}'), false)"

    campaign = f"coalesce({spelling.stripped(texts['campaign_id'])}, '')"
    no_campaign = f"({campaign} = '' or {spelling.is_null_word(campaign)} or {word('campaign_id')})"
    date = f"coalesce({spelling.stripped(texts['date'])}, '')" if "date" in texts else "''"
    named = f"({word('campaign_name')} or {word('account_id')})"
    said = f"{word('campaign_id')} or {word('date')} or ({no_campaign} and {named})"
    said += f" or ({no_campaign} and ({date} = '' or {spelling.is_no_value(date)}))"
    if cost is not None:
        others = f"(select sum({cost}) from {relation} where not {no_campaign})"
        day = texts.get("date", "''")
        of_days = f"select {day} as day, sum({cost}) as cost from {relation} where not {no_campaign} group by all"
        of_day = f"(select o.cost from ({of_days}) as o where o.day = {day})"
        said += f" or ({no_campaign} and ({cost} = {others} or {cost} = {of_day}))"
    return said


def add_up_parts(
    connection: duckdb.DuckDBPyConnection, landing_object: LandingObject, files: Collection[InspectedFile], first: int
) -> dict[int, int]:
    """Rows of a report finer than the object's grain become one row with their sum; how many were added, by delivery.

    Raises LandingError for rows of one key that nothing tells apart: they may be parts or an old and a new version.
    """
    if not landing_object.sums:
        return {}
    table = sql.table(landing_object)
    keys = ", ".join(sql.key_expressions(landing_object))
    connection.execute(
        f"create or replace temp table landing_parts as select _delivery, _row from {table} where _delivery >= {first} "
        f"qualify count(*) over (partition by _delivery, {keys}) > 1"
    )
    added: dict[int, int] = {}
    for delivery, plan in enumerate(files, start=first):
        (count,) = connection.execute("select count(*) from landing_parts where _delivery = ?", [delivery]).fetchone()
        if count:
            added[delivery] = _add_up_file(connection, landing_object, plan, delivery, keys)
    return added


def _add_up_file(
    connection: duckdb.DuckDBPyConnection,
    landing_object: LandingObject,
    plan: InspectedFile,
    delivery: int,
    keys: str,
) -> int:
    table = sql.table(landing_object)
    parts = (
        f"(select * from {table} where _delivery = {delivery} "
        f"and _row in (select _row from landing_parts where _delivery = {delivery}))"
    )
    delivered = {column.raw_name for column in plan.columns}
    splits = _splitting_columns(connection, landing_object, plan, parts)
    content = sorted(delivered)
    everything = ", ".join(identifier(name) for name in content)
    # The same line twice is one line, in a finer report as in any other: the twins' step drops it.
    distinct = f"(select distinct on ({everything}) * from {parts} order by _row)"
    split_names = "".join(f", {identifier(name)}" for name in splits)
    unsplit = connection.execute(
        f"select {keys}, count(*), min(_row) from {distinct} group by {keys}{split_names} having count(*) > 1 "
        "order by min(_row) limit 1"
    ).fetchone()
    if unsplit is not None:
        *key, rows, row = unsplit
        raise LandingError(
            f"{landing_object.source}: {plan.file.name}: {rows} rows are of one {', '.join(landing_object.key)} "
            f"({', '.join(str(part) for part in key)}; the first is record {row}) and nothing tells whether they are "
            "parts to be added or versions of which the last counts; expected one row, or a column that tells parts "
            "apart (device, ad group, hour); add it to the export or sum before exporting"
        )
    if "currency" in delivered:
        mixed = connection.execute(
            f"select {keys} from {distinct} group by {keys} having count(distinct upper(trim(currency))) > 1 limit 1"
        ).fetchone()
        if mixed is not None:
            raise LandingError(
                f"{landing_object.source}: {plan.file.name}: rows of one {', '.join(landing_object.key)} "
                f"({', '.join(map(str, mixed))}) are in different currencies; expected one; export them apart"
            )
    measures = [name for name in landing_object.sums if name in delivered]
    sums = ", ".join(
        f"cast(sum({identifier(name)}) as {landing_object.column(name).sql_type}) as {identifier(name)}"
        for name in measures
    )
    named = ", ".join(f"{key} as k{n}" for n, key in enumerate(sql.key_expressions(landing_object)))
    names = ", ".join(f"k{n}" for n in range(len(landing_object.key)))
    connection.execute(
        f"create or replace temp table landing_sums as select min(_row) as _row, count(*) as parts, {sums} "
        f"from (select *, {named} from {distinct}) group by {names} having count(*) > 1"
    )
    (rows,) = connection.execute("select coalesce(sum(parts), 0)::bigint from landing_sums").fetchone()
    kept = ", ".join(f"{identifier(name)} = total.{identifier(name)}" for name in measures)
    # What parts differ in is no property of their sum.
    blank = "".join(f", {identifier(name)} = null" for name in splits if name not in landing_object.key)
    connection.execute(
        f"update {table} as kept set {kept}{blank} from landing_sums as total "
        f"where kept._delivery = {delivery} and kept._row = total._row"
    )
    same = " and ".join(
        f"{key} is not distinct from summed.k{n}" for n, key in enumerate(sql.key_expressions(landing_object))
    )
    connection.execute(
        f"create or replace temp table landing_summed as select {named}, _row as first_row from {table} "
        f"where _delivery = {delivery} and _row in (select _row from landing_sums)"
    )
    connection.execute(
        f"delete from {table} where _delivery = {delivery} "
        f"and exists (select 1 from landing_summed as summed where {same} and summed.first_row <> _row)"
    )
    return rows


def _splitting_columns(
    connection: duckdb.DuckDBPyConnection, landing_object: LandingObject, plan: InspectedFile, parts: str
) -> list[str]:
    """The columns that tell a finer report's rows apart: texts, and numbers that are named as such."""
    catalogued = {column.name for column in landing_object.columns}
    splits = ["campaign_name"] if any(c.raw_name == "campaign_name" for c in plan.columns) else []
    for column in plan.columns:
        if column.raw_name in catalogued:
            continue
        name = identifier(column.raw_name)
        number = f"try_cast(replace(replace(cast({name} as varchar), '%', ''), ',', '') as double)"
        versions, named, numbers = connection.execute(
            "select regexp_matches(?, ?), regexp_matches(?, ?), "
            f"(select coalesce(bool_and({number} is not null), true) from {parts} where {name} is not null)",
            [column.raw_name.lower(), _VERSIONING, column.raw_name.lower(), _SPLITS],
        ).fetchone()
        if not versions and (named or not numbers):
            splits.append(column.raw_name)
    return splits


def replace_respelt(connection: duckdb.DuckDBPyConnection, landing_object: LandingObject, first: int) -> None:
    """A day delivered again replaces the earlier one also where only one of the two names the optional key part.

    Raises LandingError where both name it and differ: two accounts, or one account under two ids, nobody can tell.
    """
    if not landing_object.optional_key:
        return
    table = sql.table(landing_object)
    keys = [identifier(name) for name in landing_object.key if name not in landing_object.optional_key]
    optional = [identifier(name) for name in landing_object.optional_key]
    same = " and ".join(f"newer.{key} is not distinct from older.{key}" for key in keys)
    unnamed = " and ".join(f"(newer.{name} is null or older.{name} is null)" for name in optional)
    raw_tables.execute(
        connection,
        f"delete from {table} as older using (select * from {table} where _delivery >= {first}) as newer "
        f"where {same} and newer._delivery > older._delivery and {unnamed}",
    )
    differs = " or ".join(f"newer.{name} <> older.{name}" for name in optional)
    found = connection.execute(
        f"select older._file, newer._file, {', '.join(f'older.{key}' for key in keys)}, "
        f"{', '.join(f'older.{name}, newer.{name}' for name in optional)} "
        f"from {table} as older inner join {table} as newer on {same} "
        f"where newer._delivery >= {first} and newer._delivery > older._delivery and ({differs}) "
        f"and regexp_full_match(older.{keys[-1]}, '\\d+') order by all limit 1"
    ).fetchone()
    if found is not None:
        older, newer, *values = found
        before, now = values[-2:]
        raise LandingError(
            f"{landing_object.source}: {newer}: {', '.join(landing_object.key)} "
            f"{', '.join(str(value) for value in values[: len(keys)])} is there under account {now}, and in {older} "
            f"under {before}; expected one account per campaign, since a network gives a campaign id once; deliver the "
            "day under the account id that the earlier file has, or remove the earlier file and run load_landing with "
            "full_refresh: true"
        )


def is_summary_text(record: str) -> bool:
    """Whether a line that isn't a record, such as one of too few fields, is the row below a table."""
    return re.match(rf"[\"'\s]*(?:grand|sub|overall)?[ _-]*(?:{_TOTALS})\b", record.lower()) is not None
