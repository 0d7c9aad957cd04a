"""Reports: total rows among the records, rows finer than a day and campaign, and days delivered again.

What lives here: what an object's `sums` and `optional_key` in the catalog mean, and which rows are no records but the
foot of a table. What doesn't: versions of records that have an id of their own (versions.py).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence, Set

import duckdb

from dagster_project.engine import identifier, literal, only_row
from dagster_project.landing import loader_marks, raw_tables, spelling, sql, superseded
from dagster_project.landing.catalog import LandingObject
from dagster_project.landing.errors import LandingError
from dagster_project.landing.files import delivery_group
from dagster_project.landing.inspection import InspectedFile

# What reports call the row below the table, in the languages that the networks' interfaces speak.
_TOTALS = (
    "total|totals|totale|totaal|totalt|totaux|gesamt|gesamtsumme|gesamtergebnis|gesamtwert|summe|zwischensumme|insgesamt|"
    "subtotal|somme|suma|soma|sum|celkem|razem|toplam|overall|yhteens\u00e4|\u0438\u0442\u043e\u0433\u043e|"
    "\u0432\u0441\u0435\u0433\u043e|\u5408\u8ba1|\u603b\u8ba1|\u5408\u8a08"
)
_BEFORE = "(?:(?:grand|sub|overall|report|account|campaign|campaigns|filtered)[ _-]*)?"
_TOTAL_PATTERN = f"{_BEFORE}(?:{_TOTALS})(?:[ :(\\x{{2013}}-].*)?"
# What Microsoft writes below its reports.
_COPYRIGHT = r"(?:\u00a9|@|\(c\))\s*\d{4} microsoft"
# As the id of a record, where "total-cost-of-ownership" is one.
_TOTAL_ID = f"{_BEFORE}(?:{_TOTALS})(?: ?[:(].*)?"
_TOTAL_BEGINNINGS = sorted(
    {word[:3] for word in f"{_TOTALS}|grand|sub|overall|report|account|campaign|filtered".split("|")}
)
# What some reports call the same row; a campaign may be called so, too, so that the numbers have to agree.
_ALL_PATTERN = r"(?:all|alle|toutes|tous|todas|todos|tutte|tutti)(?:[ _-]+[\p{L}]+)*"

# Columns in which a finer report's rows differ: names of what it is split by, and numbers only where they are such.
_SPLITS = "(^|_)(id|key|hour|device|network|adgroup|ad_group|adset|ad_set|ad|keyword|placement)$|id$|hour"
# Those of them that a file of its own may be made of: one for the phones, one for the desktops.
_DIMENSIONS = (
    "(^|[_ ])(hour|device|network|country|region|city|age|gender|language|platform|position|browser|creative|audience|"
    "match[_ ]?type|search[_ ]?term|ad[_ ]?group|ad[_ ]?set|ad|keyword|placement)"
    "([_ ]?(id|name|type|category|range|code))?$"
)
# Where a row stands: which file of the load, which row of it.
_PLACE = "struct_pack(d := _delivery, r := _row)"
# Columns that tell when or by what a row was loaded: they make versions, not parts.
_VERSIONING = (
    "^_|(^|_)(synced|extracted|loaded|updated|modified|inserted|created)(_at|_on|_time|_date)?$|batch|sequence"
)


def summary_condition(
    landing_object: LandingObject, texts: Mapping[str, str], cost: str | None, relation: str
) -> str | None:
    """SQL condition: the row sums up others. `texts` is SQL for the delivered text of the columns that the file has.

    A campaign may be called Total: only a name beside no campaign id says so. A row without an id, or of "All
    campaigns", is a total too when its cost is that of all other rows together, or of all others of its day, whether or
    not their campaigns have totals of their own.
    """
    if not landing_object.sums or "campaign_id" not in texts:
        return None

    def word(name: str, pattern: str = _TOTAL_PATTERN) -> str:
        return _matches(texts[name], pattern) if name in texts else "false"

    campaign = f"coalesce({spelling.stripped(texts['campaign_id'])}, '')"
    no_campaign = f"({campaign} = '' or {spelling.is_null_word(campaign)} or {word('campaign_id')})"
    date = f"coalesce({spelling.stripped(texts['date'])}, '')" if "date" in texts else "''"
    named = f"({word('campaign_name')} or {word('account_id')})"
    said = f"{word('campaign_id')} or {word('date')} or ({no_campaign} and {named})"
    said += f" or ({no_campaign} and ({date} = '' or {spelling.is_no_value(date)}))"
    if cost is not None:
        every = f"{cost} <> 0 and {word('campaign_id', _ALL_PATTERN)}"
        unnamed = f"({no_campaign} or ({every}))"
        day = texts.get("date", "''")
        # Below a campaign's rows there may be the sum of them, which the total of all campaigns counts once.
        campaigns = (
            f"select {day} as day, sum({cost}) as listed, max({cost}) as largest, count(*) as row_count "
            f"from {relation} where not {unnamed} group by {day}, {campaign}"
        )
        summed_up = "2 * largest = listed and row_count > 1"
        costs = (
            f"select day, listed, case when {summed_up} and bool_or({summed_up} and row_count > 2) over () "
            f"then largest else listed end as counted from ({campaigns})"
        )
        of_all = f"select sum(listed) as listed, sum(counted) as counted from ({costs})"
        of_days = f"select day, sum(listed) as listed, sum(counted) as counted from ({costs}) group by day"
        said += f" or ({unnamed} and {cost} in (select unnest([listed, counted]) from ({of_all})))"
        said += f" or ({unnamed} and ({day}, {cost}) in (select (day, unnest([listed, counted])) from ({of_days})))"
    return said


def foot_condition(text: str) -> str:
    """SQL condition: the delivered text of a record's id is the word below a table, `Grand Totals (2 records)`."""
    beginning = f"lower(left(ltrim({text}, ' \"*'), 3))"
    listed = ", ".join(literal(letters) for letters in _TOTAL_BEGINNINGS)
    # Most ids are told by three letters; the pattern costs more than the rest of the load.
    return f"(case when {beginning} in ({listed}) then {_matches(text, _TOTAL_ID)} else false end)"


def _matches(text: str, pattern: str) -> str:
    return f"coalesce(regexp_full_match(lower(trim({spelling.stripped(text)}, '\"*')), '{pattern}'), false)"


def add_up_parts(
    connection: duckdb.DuckDBPyConnection, landing_object: LandingObject, files: Sequence[InspectedFile], first: int
) -> dict[int, list[tuple[str, str, int, str]]]:
    """Rows of a report finer than the object's grain become one row with their sum, over all parts of a delivery.

    By delivery, what was done: column, words, how many rows, an example.
    Raises LandingError for rows of one key in one file that nothing tells apart: they may be parts or an old and a new
    version. In a later file they are the new version.
    """
    if not landing_object.sums:
        return {}
    groups: dict[str, dict[int, InspectedFile]] = {}
    for delivery, plan in enumerate(files, start=first):
        groups.setdefault(plan.file.delivery_group, {})[delivery] = plan
    members = [(delivery, number) for number, plans in enumerate(groups.values()) for delivery in plans]
    connection.execute("create or replace temp table landing_groups (of_delivery bigint, group_number bigint)")
    connection.execute(
        "insert into landing_groups select unnest(?), unnest(?)",
        [list(column) for column in zip(*members, strict=True)],
    )
    _refuse_parts_without_the_others(connection, landing_object, groups, first)
    _refuse_scattered_parts(connection, landing_object, files, first)
    table = sql.table(landing_object)
    keys = ", ".join(sql.key_expressions(landing_object))
    connection.execute(
        "create or replace temp table landing_parts as select _delivery, _row, group_number "
        f"from {table} inner join landing_groups on of_delivery = _delivery "
        f"qualify count(*) over (partition by group_number, {keys}) > 1"
    )
    finer = connection.execute("select distinct group_number from landing_parts").fetchall()
    notes: dict[int, list[tuple[str, str, int, str]]] = {}
    for number, plans in enumerate(groups.values()):
        if (number,) in finer:
            notes[max(plans)] = _add_up(connection, landing_object, plans, number)
    return notes


def _add_up(
    connection: duckdb.DuckDBPyConnection,
    landing_object: LandingObject,
    plans: Mapping[int, InspectedFile],
    number: int,
) -> list[tuple[str, str, int, str]]:
    """Add up what one delivery, in one file or in parts, holds of a finer grain."""
    table = sql.table(landing_object)
    keys = ", ".join(sql.key_expressions(landing_object))
    names = ", ".join(plan.file.name for plan in plans.values())
    parts = (
        f"(select src.* from {table} as src inner join landing_parts as part "
        f"on part._delivery = src._delivery and part._row = src._row and part.group_number = {number})"
    )
    delivered = {column.raw_name for plan in plans.values() for column in plan.columns}
    splits = _splitting_columns(connection, landing_object, delivered, parts)
    measures = [name for name in landing_object.sums if name in delivered]
    totals = _drop_totals(connection, landing_object, parts, splits, measures)
    everything = ", ".join(identifier(name) for name in sorted(delivered))
    # A later file's row of the same day, campaign and device is the earlier one restated. A campaign's name or status
    # tells parts apart within a file, and between files only that it has changed.
    dimensions = [name for name in splits if re.search(_DIMENSIONS, name.lower())]
    telling = "".join(f", {identifier(name)}" for name in dimensions)
    partition = f"(partition by {keys}{telling})"
    latest = f"(select * from {parts} qualify _delivery = max(_delivery) over {partition})"
    # A loader that appends has read the day again, later; what it read within a minute are parts.
    if read_at := loader_marks.loaded_at(raw_tables.table_columns(connection, landing_object)):
        seconds = f"date_diff('second', {read_at}, max({read_at}) over {partition})"
        latest = f"(select * from {latest} qualify coalesce({seconds}, 0) < {loader_marks.SECONDS_OF_ONE_READING})"
    # The same line twice is one line, in a finer report as in any other.
    distinct = f"(select distinct on ({everything}) * from {latest} order by _delivery, _row)"
    split_names = "".join(f", {identifier(name)}" for name in splits)
    unsplit = connection.execute(
        f"select {keys}, count(*), min({_PLACE}) as place from {distinct} group by {keys}{split_names} "
        "having count(*) > 1 order by place limit 1"
    ).fetchone()
    if unsplit is not None:
        *key, rows, first = unsplit
        raise LandingError(
            f"{landing_object.source}: {names}: {rows} rows are of one {', '.join(landing_object.key)} "
            f"({', '.join(str(part) for part in key)}; the first is record {first['r']} of "
            f"{plans[first['d']].file.name}) and nothing tells whether they are "
            "parts to be added or versions of which the last counts; expected one row, or a column that tells parts "
            "apart (device, ad group, hour); add it to the export or sum before exporting"
        )
    if "currency" in delivered:
        mixed = connection.execute(
            f"select {keys} from {distinct} group by {keys} having count(distinct upper(trim(currency))) > 1 limit 1"
        ).fetchone()
        if mixed is not None:
            raise LandingError(
                f"{landing_object.source}: {names}: rows of one {', '.join(landing_object.key)} "
                f"({', '.join(map(str, mixed))}) are in different currencies; expected one; export them apart"
            )
    sums = ", ".join(
        f"cast(sum({identifier(name)}) as {landing_object.column(name).sql_type}) as {identifier(name)}"
        for name in measures
    )
    named = ", ".join(f"{key} as k{n}" for n, key in enumerate(sql.key_expressions(landing_object)))
    key_names = ", ".join(f"k{n}" for n in range(len(landing_object.key)))
    connection.execute(
        f"create or replace temp table landing_sums as select min({_PLACE}) as place, count(*) as parts, "
        f"{key_names}, {sums} from (select *, {named} from {distinct}) group by {key_names} having count(*) > 1"
    )
    (rows,) = only_row(connection, "select coalesce(sum(parts), 0)::bigint from landing_sums")
    kept = ", ".join(f"{identifier(name)} = total.{identifier(name)}" for name in measures)
    # What parts differ in is no property of their sum.
    blank = "".join(f", {identifier(name)} = null" for name in splits if name not in landing_object.key)
    connection.execute(
        f"update {table} as kept set {kept}{blank} from landing_sums as total "
        "where kept._delivery = total.place.d and kept._row = total.place.r"
    )
    same = " and ".join(
        f"{key} is not distinct from total.k{n}" for n, key in enumerate(sql.key_expressions(landing_object))
    )
    connection.execute(
        f"delete from {table} where _delivery in ({', '.join(map(str, plans))}) "
        f"and exists (select 1 from landing_sums as total where {same} and total.place <> {_PLACE})"
    )
    notes = [(landing_object.sums[0], "rows of a finer report are added up", rows, "")] if rows else []
    return notes + (
        [(totals[0], "totals among the rows of a finer report are left out", *totals[1:])] if totals else []
    )


def _drop_totals(
    connection: duckdb.DuckDBPyConnection,
    landing_object: LandingObject,
    parts: str,
    splits: Sequence[str],
    measures: Sequence[str],
) -> tuple[str, int, str] | None:
    """Leave out rows that sum up the other rows of their day and campaign: column, how many, an example.

    A column that tells parts apart says so by a word for a total. A blank, or "All devices", may be a part as well;
    there every measure has to be the sum of the others.
    """
    if not splits:
        return None
    keys = ", ".join(sql.key_expressions(landing_object))
    texts = {name: f"coalesce(cast({identifier(name)} as varchar), '')" for name in splits}
    said = " or ".join(_matches(text, _TOTAL_PATTERN) for text in texts.values())
    unnamed = " or ".join(f"trim({text}) = '' or {_matches(text, _ALL_PATTERN)}" for text in texts.values())
    sums = " and ".join(
        f"coalesce(2 * {identifier(name)} = sum({identifier(name)}) filter (not is_said) over of_key, "
        f"count({identifier(name)}) over of_key = 0)"
        for name in measures
    )
    example = f"concat_ws(', ', {', '.join(texts.values())})"
    connection.execute(
        f"create or replace temp table landing_totals as select _delivery, _row, example from ("
        f"select _delivery, _row, {example} as example, is_said, is_unnamed and {sums} and cost <> 0 as is_sum, "
        "count(*) filter (not is_said) over of_key as others "
        f"from (select *, ({said}) as is_said, ({unnamed}) as is_unnamed from {parts}) "
        f"window of_key as (partition by {keys})) "
        "where (is_said and others > 0) or (is_sum and not is_said and others > 1)"
    )
    count, example_text = only_row(connection, "select count(*), min(example) from landing_totals")
    if not count:
        return None
    connection.execute(
        f"delete from {sql.table(landing_object)} as kept using landing_totals as total "
        "where kept._delivery = total._delivery and kept._row = total._row"
    )
    return splits[-1], count, example_text


def _refuse_parts_without_the_others(
    connection: duckdb.DuckDBPyConnection,
    landing_object: LandingObject,
    groups: Mapping[str, Mapping[int, InspectedFile]],
    first: int,
) -> None:
    """A part of a delivery can only be added to the others while they are there; in its place it would lose theirs."""
    table = sql.table(landing_object)
    present = {plan.file.name for plans in groups.values() for plan in plans.values()}
    landed = connection.execute(f"select distinct _file from {table} where _delivery < {first}").fetchall()
    gone = sorted(name for (name,) in landed if name not in present and delivery_group(name) in groups)
    if not gone:
        return
    same = " and ".join(
        f"newer.{identifier(key)} is not distinct from older.{identifier(key)}" for key in landing_object.key
    )
    groups_of = " or ".join(
        f"(older._file = {literal(name)} and newer._delivery in ({', '.join(map(str, groups[delivery_group(name)]))}))"
        for name in gone
    )
    found = connection.execute(
        f"select older._file, newer._file, {', '.join(f'newer.{identifier(key)}' for key in landing_object.key)} "
        f"from {table} as older inner join {table} as newer on {same} "
        f"where older._delivery < {first} and newer._delivery >= {first} and ({groups_of}) order by all limit 1"
    ).fetchone()
    if found is not None:
        older, newer, *key = found
        raise LandingError(
            f"{landing_object.source}: {newer}: {', '.join(landing_object.key)} {', '.join(map(str, key))} is in "
            f"{older}, too, a part of the same delivery that is no longer in the landing folder; expected all parts "
            "together, so that they can be added up; put it back, or deliver the whole under another name"
        )


def _refuse_scattered_parts(
    connection: duckdb.DuckDBPyConnection, landing_object: LandingObject, files: Sequence[InspectedFile], first: int
) -> None:
    """One file for the phones and one for the desktops: the later would replace the earlier, though both count.

    A day delivered again has the same devices or more of them, so that only files with nothing in common are parts.
    """
    table = sql.table(landing_object)
    delivered = sorted({column.raw_name for plan in files for column in plan.columns})
    present = ", ".join(literal(plan.file.name) for plan in files)
    keys = [identifier(key) for key in landing_object.key]
    for name in delivered:
        if name in landing_object.key or not re.search(_DIMENSIONS, name.lower()):
            continue
        of_files = (
            f"select {', '.join(keys)}, {identifier(name)} as part, _file, group_number "
            f"from {table} inner join landing_groups on of_delivery = _delivery union all "
            f"select {', '.join(keys)}, {identifier(name)}, _file, -1 from {table} "
            f"where _delivery < {first} and _file not in ({present})"
        )
        listed = (
            f"select {', '.join(keys)}, group_number, min(_file) as file, "
            "list(distinct cast(part as varchar) order by cast(part as varchar)) as parts "
            f"from ({of_files}) where part is not null group by {', '.join(keys)}, group_number"
        )
        found = connection.execute(
            f"with listed as (from ({listed}) qualify count(*) over (partition by {', '.join(keys)}) > 1) "
            f"select a.file, a.parts[1], b.file, b.parts[1], {', '.join(f'a.{key}' for key in keys)} "
            f"from listed as a inner join listed as b on a.group_number < b.group_number "
            f"and {' and '.join(f'a.{key} is not distinct from b.{key}' for key in keys)} "
            "where not list_has_any(a.parts, b.parts) order by all limit 1"
        ).fetchone()
        if found is not None:
            one, its, other, others, *key = found
            raise LandingError(
                f"{landing_object.source}: {one} and {other} hold rows of one {', '.join(landing_object.key)} "
                f"({', '.join(map(str, key))}), one of {name} {its} and one of {others}, so that the later would "
                "replace the earlier though both count; expected a day in one file, or in files named as parts of one "
                "delivery; rename them (…_part1.csv, …_part2.csv) or put them in one file"
            )


def _splitting_columns(
    connection: duckdb.DuckDBPyConnection, landing_object: LandingObject, delivered: Set[str], parts: str
) -> list[str]:
    """The columns that tell a finer report's rows apart: texts, and numbers that are named as such."""
    catalogued = {column.name for column in landing_object.columns}
    splits = ["campaign_name"] if "campaign_name" in delivered else []
    for raw_name in sorted(delivered - catalogued):
        name = identifier(raw_name)
        number = f"try_cast(replace(replace(cast({name} as varchar), '%', ''), ',', '') as double)"
        versions, named, numbers = only_row(
            connection,
            "select regexp_matches(?, ?), regexp_matches(?, ?), "
            f"(select coalesce(bool_and({number} is not null), true) from {parts} where {name} is not null)",
            [raw_name.lower(), _VERSIONING, raw_name.lower(), _SPLITS],
        )
        if not versions and (named or not numbers):
            splits.append(raw_name)
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
    same = " and ".join(f"newer.{key} is not distinct from kept.{key}" for key in keys)
    unnamed = " and ".join(f"(newer.{name} is null or kept.{name} is null)" for name in optional)
    superseded.remove(
        connection,
        landing_object,
        f"(select * from {table} where _delivery >= {first}) as newer",
        f"{same} and newer._delivery > kept._delivery and {unnamed}",
    )
    differs = " or ".join(f"newer.{name} <> kept.{name}" for name in optional)
    found = connection.execute(
        f"select kept._file, newer._file, {', '.join(f'kept.{key}' for key in keys)}, "
        f"{', '.join(f'kept.{name}, newer.{name}' for name in optional)} "
        f"from {table} as kept inner join {table} as newer on {same} "
        f"where newer._delivery >= {first} and newer._delivery > kept._delivery and ({differs}) "
        f"and regexp_full_match(kept.{keys[-1]}, '\\d+') order by all limit 1"
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
    beginning = rf"(?:grand|sub|overall)?[ _-]*(?:{_TOTALS})\b|{_COPYRIGHT}"
    return re.match(rf"[\"'\s]*(?:{beginning})", record.lower()) is not None
