"""`make check`: what the landing folder and the reference tables hold, and what a night would say to them, in seconds.

Nothing is run and nothing is written: what is loaded is loaded into memory. What lives here: looking and telling. What
doesn't: how files are read (landing/) and tables are checked (reference/).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from dagster_project.disk import bytes_told
from dagster_project.engine import identifier, literal, only_row
from dagster_project.landing import sql
from dagster_project.landing.answers import read_answers
from dagster_project.landing.catalog import Catalog, Column, LandingObject, Lookup, catalog, template_column
from dagster_project.landing.errors import LandingError
from dagster_project.landing.files import Found, LandedFile, find_files
from dagster_project.landing.inspection import InspectedFile, Workspace, inspect
from dagster_project.landing.loader import is_sample, load_objects
from dagster_project.landing.verdicts import NO_RECORD
from dagster_project.publish import seals
from dagster_project.reference.loader import load_reference
from dagster_project.reference.validate import Reference, ReferenceTableError, read_reference
from dagster_project.settings import SettingError, Settings

# Values are looked at in files up to this size together per object: about ten seconds. Of larger ones the columns are.
MAX_BYTES_READ = 200_000_000

# Fields of the reference table teams that hold ids.
_ID_FIELDS = ("id", "profile_id", "user_role_id")

# How many words, rejects and columns a line names.
_NAMED = 5


@dataclass
class Report:
    """What was found: `lines` in the order in which they are told, `problems` that would stop the night."""

    lines: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    advice: list[str] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """0 when the night would load everything, 1 when something would stop it."""
        return 1 if self.problems else 0

    def __str__(self) -> str:
        parts = ["\n".join(self.lines)]
        if self.advice:
            parts.append("\n".join(["To look at", *(f"  - {line}" for line in self.advice)]))
        if self.problems:
            parts.append("\n".join(["Would stop the night", *(f"  - {line}" for line in self.problems)]))
        else:
            parts.append("Nothing here would stop the night.")
        return "\n\n".join(parts)


def main() -> int:
    """0 when nothing would stop the night, 1 when something would, 2 when a setting is wrong."""
    try:
        settings = Settings.from_environment()
    except SettingError as error:
        print(f"Throughline stopped before looking at anything: {error}", file=sys.stderr)
        return 2
    report = check(settings.landing_dir, settings.reference_dir, build_file=settings.build_file)
    print(report)
    return report.exit_code


def check(
    landing_dir: Path, reference_dir: Path, known: Catalog | None = None, build_file: Path | None = None
) -> Report:
    """Look at a landing folder and the reference tables, and at the seals that a build file holds."""
    return _Check(landing_dir, reference_dir, known or catalog(), build_file).run()


class _Check:
    """One look."""

    def __init__(self, landing_dir: Path, reference_dir: Path, known: Catalog, build_file: Path | None) -> None:
        self._build_file = build_file
        self._landing_dir = landing_dir
        self._reference_dir = reference_dir
        self._known = known
        self._report = Report()
        self._connection = duckdb.connect()
        self._reference: Reference | None = None

    def run(self) -> Report:
        """Everything that there is to say."""
        try:
            self._read_reference()
            try:
                found = find_files(self._landing_dir, self._known)
            except LandingError as error:
                self._report.problems += error.problems
                return self._report
            self._tell(f"Landing folder {self._landing_dir}: {_count(len(found.files), 'file')}")
            self._tell_strangers(found)
            for source in self._known.sources:
                if source.name in found.sources:
                    self._tell("", source.name)
                    self._look_at_source(found, source.objects)
            unused = [source.name for source in self._known.sources if source.name not in found.sources]
            if unused:
                self._tell("", f"Sources without a folder: {', '.join(unused)}")
            if not found.files and not self._report.problems:
                self._report.problems.append(
                    f"landing folder {self._landing_dir} holds no file that Throughline knows; expected "
                    "<source>/<Object>.csv; export at least one source"
                )
            return self._report
        finally:
            self._connection.close()

    def _tell(self, *lines: str) -> None:
        self._report.lines += lines

    def _read_reference(self) -> None:
        try:
            self._reference = read_reference(self._reference_dir)
        except ReferenceTableError as error:
            self._report.problems += [f"reference: {problem}" for problem in error.problems]
            self._tell(f"Reference tables {self._reference_dir}: can't be used; files are read with the defaults", "")
            return
        load_reference(self._connection, self._reference)
        if self._build_file is not None:
            given = seals.of_rows(self._reference.tables["sealed_months"].rows)
            found = seals.broken_in(self._build_file, given, is_sample(self._landing_dir))
            self._report.problems += [f"reference: {self._reference_dir / line}" for line in found]
        shipped = [name for name, table in self._reference.tables.items() if table.is_shipped]
        own = len(self._reference.tables) - len(shipped)
        told = f"Reference tables {self._reference_dir}: {_count(own, 'table')} of the company's own"
        self._tell(f"{told}; as shipped: {', '.join(shipped)}" if shipped and own else told, "")

    def _tell_strangers(self, found: Found) -> None:
        for stray in found.unrecognised:
            self._report.advice.append(f"{stray.name} is not loaded: {stray.reason}")
        self._report.problems += [problem for _, problem in found.broken]

    # ---------------------------------------------------------------- objects

    def _look_at_source(self, found: Found, objects: Sequence[LandingObject]) -> None:
        absent = []
        self._loaded: list[LandingObject] = []
        for landing_object in objects:
            files = found.of(landing_object)
            if files:
                self._look_at_object(found, landing_object, files)
            elif landing_object.required:
                self._report.problems.append(
                    f"{landing_object.source}: required object {landing_object.name} is absent; expected "
                    f"{landing_object.source}/{landing_object.name}.csv or a folder of files; export it or remove the "
                    f"folder {landing_object.source}"
                )
            else:
                absent.append(landing_object.name)
        # A user's team may stand in another object.
        for landing_object in self._loaded:
            if landing_object.teams_by and self._reference is not None:
                self._report.advice += list(self._unmapped_users(landing_object))
        if absent:
            self._tell(f"  not delivered: {', '.join(absent)}")

    def _look_at_object(self, found: Found, landing_object: LandingObject, files: Sequence[LandedFile]) -> None:
        size = sum(file.bytes for file in files)
        is_read = size <= MAX_BYTES_READ
        self._tell(f"  {landing_object.name}: {_count(len(files), 'file')}, {bytes_told(size)}")
        if clashes := found.clashes(landing_object):
            self._report.problems += clashes
            return
        plans, problems = self._plans([file for file in files if is_read or file.format != "jsonl"])
        for plan in plans:
            self._tell_columns(plan)
        if problems:
            self._report.problems += problems
            self._tell("    can't be used, see below")
            return
        delivered = {column.raw_name for plan in plans for column in plan.columns if column.catalogued is not None}
        if absent := [c.name for c in landing_object.listed_columns if plans and c.name not in delivered]:
            self._tell(f"    no file has {', '.join(absent)}")
        if not is_read:
            self._tell("    too large to look at its values here; the night does")
            return
        self._look_at_values(landing_object)

    def _plans(self, files: Sequence[LandedFile]) -> tuple[list[InspectedFile], list[str]]:
        """The files' columns, and what is wrong with those that can't be used."""
        plans: list[InspectedFile] = []
        problems: list[str] = []
        workspace, pool = Workspace(), ThreadPoolExecutor(max_workers=1)
        answers = read_answers(self._connection)
        try:
            for file in files:
                try:
                    for found in inspect(self._connection, [file], (), workspace, pool, (), answers).values():
                        plans += found
                except LandingError as error:
                    problems += error.problems
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
            workspace.close()
        return plans, problems

    def _tell_columns(self, plan: InspectedFile) -> None:
        own = [column for column in plan.columns if column.is_own]
        known = [column for column in plan.columns if column.catalogued is not None]
        spelt = [f"{c.name} is {c.raw_name} ({c.matched_by})" for c in known if c.matched_by not in ("name", "")]
        told = f"    {plan.file.name}: {len(known)} of {len(own)} columns known"
        if plan.header is not None and plan.header.titles:
            told += f"; {_count(len(plan.header.titles), 'title line')} above the header"
        self._tell(told)
        if spelt:
            self._tell(f"      {'; '.join(spelt)}")

    def _look_at_values(self, landing_object: LandingObject) -> None:
        """Load the object into memory and tell what became of its rows."""
        said: list[str] = []
        try:
            (result,) = load_objects(
                self._connection,
                [landing_object],
                self._landing_dir,
                datetime.now(UTC),
                self._listed("snapshot_objects"),
                log=said.append,
                confirmed_deliveries=self._listed("confirmed_deliveries"),
            ).values()
        except LandingError as error:
            self._report.problems += error.problems
            self._tell("    can't be used, see below")
            return
        told = f"    {_count(result.rows, 'record')}"
        if result.rejected:
            told += f", {_count(result.rejected, 'row')} would be rejected"
        if result.duplicates:
            told += f", {_count(result.duplicates, 'older version')} left out"
        self._tell(told)
        for file in result.files_read:
            self._tell(*(f"      {line}" for line in file.treatments))
        self._report.advice += list(self._rejects(landing_object))
        self._report.advice += list(self._unmapped(landing_object))
        self._loaded.append(landing_object)

    def _listed(self, setting: str) -> list[str]:
        value = self._reference.settings[setting] if self._reference else None
        return str(value or "").replace(",", " ").split()

    def _rejects(self, landing_object: LandingObject) -> Iterator[str]:
        rows = self._connection.execute(
            f"""
            select file, scope, column_name, count(*), min(line), arg_min(reason, (line, reason))
            from audit.rejected_rows
            where source_system = ? and object = ? and not {NO_RECORD}
            group by all
            order by count(*) desc, file, scope, column_name
            """,
            [landing_object.source, landing_object.name],
        ).fetchall()
        for file, scope, column, count, line, reason in rows[:_NAMED]:
            what = {"cell": "cell that can't be read", "duplicate": "older version of a record"}.get(scope, "row")
            where = f"{column or 'the whole record'}, as in line {line}"
            yield f"{file}: {_count(count, what)} rejected for {where}: {reason}"
        if len(rows) > _NAMED:
            yield f"{landing_object.label}: {len(rows) - _NAMED} more kinds of rejects"

    # ---------------------------------------------------------------- what words and users mean

    def _unmapped(self, landing_object: LandingObject) -> Iterator[str]:
        if self._reference is None:
            return
        for column in landing_object.columns:
            if column.mapped_in:
                yield from self._unmapped_words(landing_object, column)

    def _unmapped_words(self, landing_object: LandingObject, column: Column) -> Iterator[str]:
        table, _, key = column.mapped_in.partition(".")
        word = f"lower(trim({identifier(column.name)}))"
        rows = self._connection.execute(
            f"""
            select {identifier(column.name)}, count(*)
            from {sql.table(landing_object)}
            where {word} <> '' and {word} not in (
                select lower(trim({identifier(key)})) from reference.{identifier(table)}
                where source_system = {literal(landing_object.source)}
            )
            group by 1
            order by 2 desc, 1
            """
        ).fetchall()
        if rows:
            named = ", ".join(f"{value!r} ({count:,})" for value, count in rows[:_NAMED])
            yield (
                f"{landing_object.label}: {_count(len(rows), 'word')} of {column.name} without a row in the reference "
                f"table {table}: {named}{', …' if len(rows) > _NAMED else ''}; add the rows"
            )

    def _value_of(self, landing_object: LandingObject, field_name: str, text: str) -> str:
        """SQL for the field of a user that a row of teams is compared with."""
        value = _template(text, "one")
        if field_name != "department":
            return value
        found = [
            self._looked_up(landing_object.source, f"one.{identifier(column)}", lookup)
            for column, lookup in landing_object.departments
        ]
        return f"coalesce({', '.join([*found, value])})" if found else value

    def _looked_up(self, source: str, value: str, lookup: Lookup, depth: int = 0) -> str:
        landing_object = self._known.find_object(source, lookup.within)
        assert landing_object is not None
        row = f"looked_{depth}"
        first = f"coalesce({row}.{identifier(lookup.first)}, false) desc, " if lookup.first else ""
        found = (
            f"(select {row}.{identifier(lookup.take)} from {sql.table(landing_object)} as {row} "
            f"where {row}.{identifier(lookup.where)} = {value} order by {first}{row}.{identifier(lookup.take)} limit 1)"
        )
        return self._looked_up(source, found, lookup.then, depth + 1) if lookup.then else found

    def _is_looked_at(self, landing_object: LandingObject) -> str:
        if landing_object.teams_unless is None:
            return "true"
        name, same = landing_object.teams_unless
        other = self._known.find_object(landing_object.source, name)
        assert other is not None
        alike = " or ".join(f"other.{identifier(theirs)} = one.{identifier(own)}" for own, theirs in same)
        return f"not exists (select 1 from {sql.table(other)} as other where {alike})"

    def _unmapped_users(self, landing_object: LandingObject) -> Iterator[str]:
        # Ids are case-sensitive, everything that people type isn't.
        is_salesforce = landing_object.source == "salesforce"

        def spelt(value: str, field_name: str) -> str:
            if field_name not in _ID_FIELDS:
                return f"lower(trim({value}))"
            return sql.salesforce_id(f"trim({value})") if is_salesforce else f"trim({value})"

        values = [
            (name, spelt(f"coalesce({self._value_of(landing_object, name, text)}, '')", name))
            for name, text in landing_object.teams_by
        ]
        cases = [f"when {literal(name)} then {value}" for name, value in values]
        patterns = [f"when {literal(name)} then {spelt('match_value', name)}" for name in _ID_FIELDS]
        keys = dict(landing_object.teams_by)
        label = identifier(keys.get("email", landing_object.key[0]))
        total, unmapped, named = only_row(
            self._connection,
            f"""
            with rules as (
                select
                    match_field,
                    case match_field {" ".join(patterns)} else {spelt("match_value", "")} end as pattern
                from reference.teams
            )

            select count(*), count(*) filter (not is_mapped), list(label order by label) filter (not is_mapped)
            from (
                select
                    coalesce({label}, {identifier(landing_object.key[0])}) as label,
                    exists (
                        select 1 from rules
                        where case match_field {" ".join(cases)} end
                            like replace(replace(replace(pattern, '%', '^%'), '_', '^_'), '*', '%') escape '^'
                    ) as is_mapped
                from {sql.table(landing_object)} as one
                where {self._is_looked_at(landing_object)}
            )
            """,
        )
        if unmapped:
            listed = ", ".join(named[:_NAMED])
            yield (
                f"{landing_object.label}: {unmapped:,} of {_count(total, 'user')} without a team in the reference "
                f"table teams: {listed}{', …' if unmapped > _NAMED else ''}; add rows for those who create records"
            )


def _template(text: str, of: str) -> str:
    """SQL for a text with a column's value in it, or for the column."""
    column = template_column(text)
    value = f"{of}.{identifier(column)}"
    return value if column == text else f"{literal(text.partition('{')[0])} || {value}"


def _count(number: int, what: str) -> str:
    """`1 file`, `2 files`; of several words the first is counted."""
    if number == 1:
        return f"1 {what}"
    first, _, rest = what.partition(" ")
    plural = {"older": "older", "title": "title"}.get(first, f"{first}s")
    if plural == first:
        second, _, rest = rest.partition(" ")
        plural = f"{first} {second}s"
    return f"{number:,} {plural}{' ' + rest if rest else ''}"


if __name__ == "__main__":
    sys.exit(main())
