"""One version per record: which of several delivered versions of a record stays in raw.

What lives here: versions within a file and across files. What doesn't: records that a snapshot lacks (snapshots.py).
"""

from __future__ import annotations

import duckdb

from dagster_project.engine import identifier, literal
from dagster_project.landing import loader_marks, raw_tables, sql, superseded
from dagster_project.landing.catalog import LandingObject
from dagster_project.landing.errors import LandingError
from dagster_project.landing.files import delivery_order
from dagster_project.landing.inspection import LINEAGE_COLUMNS


class Versions:
    """An object's rows by record; `first` is the first delivery of the load at hand."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, landing_object: LandingObject) -> None:
        self._connection = connection
        self._object = landing_object
        self._table = sql.table(landing_object)
        self._keys = ", ".join(sql.key_expressions(landing_object))
        self._named_keys = ", ".join(f"{key} as k{n}" for n, key in enumerate(sql.key_expressions(landing_object)))
        self._key_names = ", ".join(f"k{n}" for n in range(len(landing_object.key)))

    def remove_twins(self, first: int) -> dict[int, tuple[int, int]]:
        """Keep one version of a record per file: the latest stamp, else what the loader read last, else the largest
        digest of its content.

        The others are listed as rejects unless they are equal to the kept one. The result is, by delivery, how many
        differed and how many were equal.
        Raises LandingError where no stamp decides and money differs: they may be lines of one record, to be added.
        """
        stamp = sql.stamp_expression(self._object)
        self._execute(
            f"""
            create or replace temp table landing_twins as
            select key_hash, _delivery
            from (select hash({self._keys}) as key_hash, _delivery from {self._table} where _delivery >= {first})
            group by all
            having count(*) > 1
            """
        )
        if not self._execute("select count(*) from landing_twins"):
            return {}
        columns = raw_tables.table_columns(self._connection, self._object)
        content = [
            name
            for name, _ in columns.values()
            if name not in LINEAGE_COLUMNS and not loader_marks.is_housekeeping(name)
        ]
        loaded = loader_marks.loaded_at(columns) or "cast(null as timestamp)"
        money = [c.name for c in self._object.columns if c.decisive and c.type in ("decimal", "rate")]
        label = f"concat_ws(', ', {', '.join(f'cast({identifier(name)} as varchar)' for name in self._object.key)})"
        self._execute(
            f"""
            create or replace temp table landing_losers as
            with versions as (
                select
                    {self._named_keys},
                    _delivery,
                    _row,
                    {stamp} as stamp,
                    {loaded} as loaded,
                    coalesce(_deleted_by_loader, false) as is_deleted,
                    {sql.content_digest(content)} as content,
                    {label} as label,
                    {sql.record_text(content)} as record,
                    [{", ".join(f"cast({column} as varchar)" for column in map(identifier, money))}] as money,
                    _file as file,
                from {self._table}
                where _delivery >= {first} and hash({self._keys}) in (select key_hash from landing_twins)
            )

            select
                _delivery,
                _row,
                label,
                record,
                content <> first_value(content) over versions_of_record as differs,
                money <> first_value(money) over versions_of_record
                and stamp is not distinct from first_value(stamp) over versions_of_record
                and coalesce(
                    abs(date_diff('second', loaded, first_value(loaded) over versions_of_record))
                    < {loader_marks.SECONDS_OF_ONE_READING},
                    true
                )
                and is_deleted = first_value(is_deleted) over versions_of_record as is_undecided,
                file,
            from versions
            window versions_of_record as (
                partition by {self._key_names}, _delivery
                order by stamp desc nulls last, loaded desc nulls last, is_deleted desc, content desc, _row
            )
            qualify row_number() over versions_of_record > 1
            """
        )
        undecided = self._connection.execute(
            "select file, label, _row from landing_losers where is_undecided order by all limit 1"
        ).fetchone()
        if undecided is not None:
            file, record, row = undecided
            raise LandingError(
                f"{self._object.source}: {file}: several rows are of one {', '.join(self._object.key)} ({record}; "
                f"one is record {row}) and differ in {' or '.join(money)}; nothing tells whether they are parts to be "
                "added (lines, products) or versions of which the last counts; expected one row; sum before exporting"
                + (f", or export {self._object.stamps[0]}, too" if self._object.stamps else "")
            )
        self._execute(
            "insert into landing_rejects (delivery, record_number, line, column_name, reason, record, scope) "
            f"select _delivery, _row, null, {literal(self._object.key[0])}, "
            "'duplicate id ' || label || ': another version of the record in this file was kept', record, 'duplicate' "
            "from landing_losers where differs"
        )
        self._delete_losers()
        counts = self._connection.execute(
            "select _delivery, count(*) filter (differs), count(*) filter (not differs) "
            "from landing_losers group by _delivery"
        ).fetchall()
        return {delivery: (differing, equal) for delivery, differing, equal in counts}

    def remove_earlier_versions(self, first: int, had_rows: bool) -> None:
        """Keep one version of a record across files: the latest stamp if all have one, else the latest delivery.

        Where the loader says when it read each version, that decides between equal stamps, and between versions of
        which not all have one. Otherwise, of equal stamps the later file in name order wins, and of one file its newest
        content: what wins then follows from the files alone, never from the nights in which they came.
        """
        recent = (
            f"where hash({self._keys}) in (select hash({self._keys}) from {self._table} where _delivery >= {first})"
        )
        self._execute(
            f"""
            create or replace temp table landing_superseded as
            select key_hash
            from (select hash({self._keys}) as key_hash from {self._table} {recent if had_rows else ""})
            group by key_hash
            having count(*) > 1
            """
        )
        if not self._execute("select count(*) from landing_superseded"):
            return
        self._rank_files()
        columns = raw_tables.table_columns(self._connection, self._object)
        loaded = loader_marks.loaded_at(columns)
        is_kept = superseded.is_needed(self._connection)
        content = superseded.content_hash([name for name, _ in columns.values()]) if is_kept else "0"
        whole = ", ".join(
            f"case when bool_and({name} is not null) over (partition by {self._key_names}) then {name} end as {name}"
            for name in ("stamp", "loaded")
        )
        self._execute(
            f"""
            create or replace temp table landing_losers as
            with versions as (
                select
                    {self._named_keys},
                    _delivery,
                    _row,
                    {sql.stamp_expression(self._object)} as stamp,
                    {loaded or "cast(null as timestamp)"} as loaded,
                    file_rank,
                    {content} as content,
                from {self._table}
                left join landing_file_ranks as ranked on ranked.ranked_file = _file
                where hash({self._keys}) in (select key_hash from landing_superseded)
            ),

            stamped as (
                select * exclude (stamp, loaded), {whole}
                from versions
            )

            select
                _delivery,
                _row,
                first_value(_delivery) over of_record as winner_delivery,
                first_value(_row) over of_record as winner_row,
                content = first_value(content) over of_record as is_same,
            from stamped
            window of_record as (
                partition by {self._key_names}
                order by
                    stamp desc nulls last,
                    loaded desc nulls last,
                    case when stamp is not null then file_rank end desc,
                    _delivery desc
            )
            qualify row_number() over of_record > 1
            """
        )
        if is_kept:
            superseded.carry_over(self._connection, self._object)
            superseded.keep(
                self._connection,
                self._object,
                f"from {self._table} as kept, landing_losers as loser where kept._delivery = loser._delivery "
                "and kept._row = loser._row and not loser.is_same",
            )
        self._delete_losers()

    def _rank_files(self) -> None:
        """The files that rows come from, numbered in delivery order."""
        names = [name for (name,) in self._connection.execute(f"select distinct _file from {self._table}").fetchall()]
        self._execute("create or replace temp table landing_file_ranks (ranked_file varchar, file_rank bigint)")
        if names:
            self._connection.execute(
                "insert into landing_file_ranks select unnest(?), unnest(?)",
                [sorted(names, key=delivery_order), list(range(len(names)))],
            )

    def _delete_losers(self) -> None:
        self._execute(
            f"delete from {self._table} as kept using landing_losers as loser "
            "where kept._delivery = loser._delivery and kept._row = loser._row"
        )

    def _execute(self, statement: str) -> int:
        return raw_tables.execute(self._connection, statement)
