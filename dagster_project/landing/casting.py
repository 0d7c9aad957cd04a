"""One file's values: the SQL that turns its columns into the catalog's types, and the cells and rows that can't be.

What lives here: looking at a file's columns as a whole, in as few scans as their state allows, and what follows for
each value. What doesn't: reading files (readers.py), the rules themselves (spelling.py, formats.py), and which version
of a record holds (versions.py).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import islice
from typing import Any

import duckdb

from dagster_project.engine import identifier, literal, only_row
from dagster_project.landing import currencies, formats, reports, spelling, sql
from dagster_project.landing.answers import Answers
from dagster_project.landing.catalog import TEXT_TYPES, Column, LandingObject
from dagster_project.landing.errors import LandingError
from dagster_project.landing.inspection import CURRENCY_COLUMN, DeliveredColumn, InspectedFile
from dagster_project.landing.verdicts import BLANK_ROW, SUMMARY_ROW

# How much of a value a reject's reason quotes; the whole record stands beside it.
QUOTED_CHARACTERS = 80

# What a line of `landing_rejects` is about. Only a lost row counts against the file.
LOST_ROW, UNREAD_CELL, DUPLICATE = "row", "cell", "duplicate"

# What is said of text with NUL bytes.
NUL_BYTES = "NUL bytes are left out"

# Texts that have one case.
_FOLDED = ("email", "user_key", "currency")

_NUMBERS = ("decimal", "rate", "integer")
# How most columns are written throughout, and the cast that suffices for them; one scan asks no more than this. A
# number such as 1.234 isn't among them: in its file's format it may be a thousand.
_PLAIN_DECIMAL = r"[+-]?(\d{1,15}|\d{1,15}\.(\d{1,2}|\d{4,30})|(0|\d{4,15})\.\d{3})"
_PLAIN = {
    "decimal": (_PLAIN_DECIMAL, ""),
    "rate": (_PLAIN_DECIMAL, ""),
    "integer": (r"[+-]?\d{1,18}", "try_cast({} as bigint)"),
    "date": (r"\d{4}-\d\d-\d\d", "try_cast({} as date)"),
}

_SPELLINGS = "landing_spellings"


@dataclass
class _Reading:
    """How a delivered column is read: SQL for its value, for "nothing stands there", and whether a value can be unread.

    `unread` is false for a column in which the scan found nothing that can't be read.
    """

    delivered: DeliveredColumn
    target: Column
    value: str
    nothing: str
    unread: bool = False
    expected: str = ""

    @property
    def name(self) -> str:
        return self.target.name

    @property
    def bad(self) -> str:
        """SQL condition: something stands there that can't be read."""
        return f"(({self.value}) is null and not coalesce({self.nothing}, false))"


@dataclass(frozen=True)
class LandedValue:
    """Something that was done to values of a column: shown at load, kept in `audit.landed_values`."""

    column: str
    treatment: str
    cells: int
    example: str


# To plan a scan per condition takes as long as to look at so many records.
FEW_RECORDS = 2_000


@dataclass
class FileCasting:
    """How one file's records become rows of the object's raw table.

    `relation` is the file as rows, `number` SQL for a record's position in it, `record` SQL for a record's text.
    Rejects go to the temporary table `landing_rejects`.
    """

    connection: duckdb.DuckDBPyConnection
    object: LandingObject
    plan: InspectedFile
    delivery: int
    relation: str
    number: str
    record: str
    answers: Answers
    notes: list[LandedValue] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._readings: dict[str, _Reading] = {}
        self._helpers: dict[str, str] = {}
        catalogued = [column for column in self.plan.columns if column.catalogued is not None]
        for column in catalogued:
            assert column.catalogued is not None
            self._readings[column.raw_name] = self._plain_reading(column, column.catalogued)
        self._look_at_texts([r for r in self._readings.values() if r.target.type in TEXT_TYPES])
        self._look_at_values([r for r in self._readings.values() if r.target.type not in TEXT_TYPES])
        for reading in self._readings.values():
            if reading.delivered.is_micros:
                reading.value = f"cast(({reading.value}) * 0.000001 as {reading.target.sql_type})"
        self._name_currencies()
        self._refuse_periods()

    def values(self, types: Mapping[str, str]) -> list[str]:
        """SQL for the raw value of each column of the file; `types` are the raw table's, by lower-case name."""
        values = []
        for column in self.plan.kept_columns:
            if column.catalogued is not None:
                values.append(self._readings[column.raw_name].value)
            elif column.native_type == "VARCHAR" or types[column.raw_name.lower()] != column.native_type:
                values.append(sql.cast_native(column.expression, column.native_type, "text"))
            else:
                values.append(column.expression)
        return values

    def key_values(self) -> list[str]:
        """SQL for the key columns' values, named; null for those that the file lacks."""
        values = []
        for name in self.object.key:
            reading = self._readings.get(name)
            value = reading.value if reading else f"cast(null as {self.object.column(name).sql_type})"
            values.append(f"{value} as {identifier(name)}")
        return values

    def value_of(self, name: str) -> str | None:
        """SQL for the value of a catalogued column, if the file has it."""
        reading = self._readings.get(name)
        return reading.value if reading else None

    # ---------------------------------------------------------------- what every column starts with

    def _plain_reading(self, column: DeliveredColumn, target: Column) -> _Reading:
        if target.type == "date" and sql.is_number(column.native_type):
            # 20240131, or an instant in Unix time: read as its text is.
            text = f"cast({sql.exact(column.expression, column.native_type)} as varchar)"
            column = replace(column, expression=text, native_type="VARCHAR")
        value = sql.cast_native(column.expression, column.native_type, target.type)
        nothing = sql.is_blank(column.expression, column.native_type)
        unread = sql.can_fail(column.native_type, target.type)
        return _Reading(column, target, value, nothing, unread, sql.EXPECTED.get(target.type, "a value"))

    def _scan(self, aggregates: list[str]) -> list[Any]:
        """One scan of the file for all the aggregates; in parts, since thousands of columns are no single query."""
        found: list[Any] = []
        left = iter(aggregates)
        while piece := list(islice(left, 200)):
            found += only_row(self.connection, f"select {', '.join(piece)} from {self.relation}")
        return found

    def _are_any(self, asked: Sequence[tuple[str, str]]) -> list[bool]:
        """Of each text and condition, in which {} stands for the text: whether any record meets it."""
        if self.plan.text is not None and self.plan.text.delivered <= FEW_RECORDS:
            return self._are_any_of_few(asked)
        # Of many records, a scan that only filters takes a third of one that looks at each condition.
        found: list[bool] = []
        left = iter(asked)
        while piece := list(islice(left, 200)):
            exist = (
                f"exists (select 1 from {self.relation} where {condition.replace('{}', text)})"
                for text, condition in piece
            )
            found += only_row(self.connection, f"select {', '.join(exist)}")
        return found

    def _are_any_of_few(self, asked: Sequence[tuple[str, str]]) -> list[bool]:
        """To plan a condition takes longer than to ask it, so that each is written once, for all of its texts."""
        places: dict[str, list[int]] = {}
        for place, (_, condition) in enumerate(asked):
            places.setdefault(condition, []).append(place)
        each = [
            f"select distinct place from (select unnest({listed}) as place, "
            f"unnest([{', '.join(asked[place][0] for place in listed)}]) as cell from {self.relation}) "
            f"where {condition.replace('{}', 'cell')}"
            for condition, listed in places.items()
        ]
        met = {place for (place,) in self.connection.execute(" union all ".join(each)).fetchall()} if each else set()
        return [place in met for place in range(len(asked))]

    def _help(self, name: str, expression: str) -> str:
        """A column that further expressions build on, worked out once per record."""
        self._helpers[name] = expression
        return f"src.{identifier(name)}"

    def _use_helpers(self) -> None:
        """Put the helper columns beside the file's own."""
        if not self._helpers:
            return
        helpers = ", ".join(f"{expression} as {identifier(name)}" for name, expression in self._helpers.items())
        number = "" if self.number == "landing_number" else f"{self.number} as landing_number, "
        record = "" if self.record == "landing_record" else f"{self.record} as landing_record, "
        self.relation = f"(select {number}{record}src.*, {helpers} from {self.relation}) as src"
        self.number, self.record = "landing_number", "landing_record"
        self._helpers = {}

    # ---------------------------------------------------------------- texts

    def _look_at_texts(self, readings: list[_Reading]) -> None:
        """Texts in one spelling: only columns in which the scan finds something odd are read with more than a cast."""
        checked = [r for r in readings if r.target.type != "free_text"]
        texts = {r.name: self._as_text(r.delivered) for r in checked}
        odd = [(texts[r.name], _is_odd(r.target.type)) for r in checked]
        # Text files were freed of NUL bytes before they were read; JSON and Parquet can still hold them.
        hiding = [r for r in readings if r.delivered.native_type == "VARCHAR" and self.plan.header is None]
        hides = [(r.delivered.expression, "contains({}, chr(0))") for r in hiding]
        found = self._are_any([*odd, *hides])
        if any(found[len(checked) :]):
            self._leave_out_nul_bytes([r for r, is_any in zip(hiding, found[len(checked) :], strict=True) if is_any])
            return self._look_at_texts([self._readings[reading.name] for reading in readings])
        for reading, is_odd in zip(checked, found, strict=False):
            text = texts[reading.name]
            if is_odd:
                self._read_odd_text(reading, text)
            elif reading.delivered.native_type == "VARCHAR" and reading.target.type not in _FOLDED:
                # Not one is blank or has white space around it.
                reading.value = text
            elif reading.target.type in ("email", "user_key") or reading.delivered.native_type != "VARCHAR":
                reading.value = f"nullif({text}, '')"
            elif reading.target.type == "currency":
                reading.value = f"upper({text})"

    def _leave_out_nul_bytes(self, found: list[_Reading]) -> None:
        counts = self._scan([f"count(*) filter (where contains({r.delivered.expression}, chr(0)))" for r in found])
        for reading, cells in zip(found, counts, strict=True):
            bare = f"replace({reading.delivered.expression}, chr(0), '')"
            self._readings[reading.name] = self._plain_reading(
                replace(reading.delivered, expression=bare), reading.target
            )
            self.notes.append(LandedValue(reading.name, NUL_BYTES, cells, ""))

    @staticmethod
    def _as_text(column: DeliveredColumn) -> str:
        native = column.native_type
        if native == "VARCHAR":
            return column.expression
        if native in ("DOUBLE", "FLOAT") or native.startswith("DECIMAL("):
            # An id that a data frame has made a number: 77.0 is 77.
            whole = f"cast(try_cast({column.expression} as decimal(38, 0)) as varchar)"
            plain = f"cast({column.expression} as varchar)"
            return f"case when {column.expression} = trunc({column.expression}) then {whole} else {plain} end"
        return f"cast({column.expression} as varchar)"

    def _read_odd_text(self, reading: _Reading, text: str) -> None:
        target = reading.target
        bare = self._help(f"t_{target.name}", spelling.stripped(text))
        if target.type in ("id", "key", "ad_id", "user_key"):
            self._use_helpers()
            bare = self._help(f"u_{target.name}", spelling.without_armour(bare))
        self._use_helpers()
        nothing = f"({bare} = '' or {spelling.is_null_word(bare)})"
        if target.type in ("id", "key", "ad_id", "user_key") and target.name != "id":
            nothing = f"({nothing} or {spelling.is_zero(bare)})"
        reading.nothing = f"({bare} is null or {nothing})"
        spelt = bare
        if target.type == "ad_id":
            spelt = spelling.ad_id(bare)
            reading.unread, reading.expected = True, "an id with all its digits"
            spelt = f"case when not {spelling.lost_its_digits(bare)} then {spelt} end"
        elif target.type == "currency":
            reading.unread, reading.expected = True, "the code of a currency (ISO 4217)"
            spelt = f"case when {currencies.is_code(f'upper({bare})')} then upper({bare}) end"
        elif target.type in ("email", "user_key", "url"):
            spelt = self._respelt(reading, bare, nothing)
        reading.value = f"case when not {nothing} then {spelt} end"
        words, word = self._scan(
            [
                f"count(*) filter (where {bare} <> '' and {nothing})",
                f"min({bare}) filter (where {bare} <> '' and {nothing})",
            ]
        )
        if words:
            self.notes.append(LandedValue(target.name, "a word for nothing is read as blank", words, word))

    def _respelt(self, reading: _Reading, bare: str, nothing: str) -> str:
        """Addresses and hosts that SQL can't put into their one spelling, spelt in Python once per distinct value."""
        spell: Callable[[str], str] = spelling.canonical_address
        folded, wanted = bare, f"strlen({bare}) <> length({bare})"
        if reading.target.type != "url":
            spell, folded = spelling.canonical_email, f"lower({bare})"
            wanted = f"contains({bare}, '@') and not {spelling.is_plain_email(folded)}"
        values = self.connection.execute(
            f"select {folded}, count(*) from {self.relation} where not {nothing} and {wanted} group by all order by 1"
        ).fetchall()
        changed = [(value, spelt, cells) for value, cells in values if (spelt := spell(value)) != value]
        if reading.target.type == "user_key":
            folded = f"case when contains({bare}, '@') then {folded} else {bare} end"
        if not changed:
            return folded
        self.notes.append(
            LandedValue(reading.name, "put into one spelling", sum(cells for _, _, cells in changed), changed[0][1])
        )
        table = identifier(f"{_SPELLINGS}_{self.delivery}_{reading.name}")
        self.connection.execute(f"create or replace temp table {table} (delivered varchar, spelt varchar)")
        self.connection.execute(
            f"insert into {table} select unnest(?), unnest(?)", [[c[0] for c in changed], [c[1] for c in changed]]
        )
        return f"coalesce((select spelt from {table} where delivered = {folded}), {folded})"

    # ---------------------------------------------------------------- numbers, dates, flags

    def _look_at_values(self, readings: list[_Reading]) -> None:
        """Numbers, dates and flags: a column whose every value reads plainly is cast, others are looked at closer."""
        aggregates = []
        for reading in readings:
            text, native = reading.delivered.expression, reading.delivered.native_type
            odd = reading.bad if reading.unread else "false"
            if native == "VARCHAR" and reading.target.type in _PLAIN:
                pattern, _ = _PLAIN[reading.target.type]
                odd = f"not regexp_full_match({text}, '{pattern}')"
                if reading.target.type == "date":
                    odd += f" or try_cast({text} as date) is null"
            elif reading.target.type == "date" and native.startswith("TIMESTAMP"):
                odd = f"cast({text} as timestamp) <> date_trunc('day', cast({text} as timestamp))"
                odd += f" or {native == 'TIMESTAMP WITH TIME ZONE'}"
            aggregates.append(f"count(*) filter (where {odd})")
        counts = self._scan(aggregates)
        odd_ones = [reading for reading, count in zip(readings, counts, strict=True) if count]
        for reading, count in zip(readings, counts, strict=True):
            reading.unread = False
            if not count and reading.delivered.native_type == "VARCHAR" and reading.target.type in _PLAIN:
                _, cast = _PLAIN[reading.target.type]
                reading.value = cast.format(reading.delivered.expression) if cast else reading.value
        if not odd_ones:
            return
        texts = [r for r in odd_ones if r.delivered.native_type == "VARCHAR"]
        for reading in odd_ones:
            reading.unread = True
        for reading in texts:
            bare = self._help(f"t_{reading.name}", spelling.stripped(reading.delivered.expression))
            reading.nothing = f"({bare} is null or {bare} = '' or {spelling.is_no_value(bare)})"
        self._use_helpers()
        numbers = [r for r in texts if r.target.type in _NUMBERS]
        if numbers:
            every = [r for r in readings if r.target.type in _NUMBERS and r.delivered.native_type == "VARCHAR"]
            self._read_numbers(numbers, every)
        dates = [r for r in texts if r.target.type in ("date", "timestamp")]
        if dates:
            every = [
                r for r in readings if r.target.type in ("date", "timestamp") and r.delivered.native_type == "VARCHAR"
            ]
            self._read_dates(dates, every)
        for reading in odd_ones:
            if reading.target.type == "date" and reading.delivered.native_type.startswith("TIMESTAMP"):
                self._read_native_days(reading)
        self._note_words(texts)

    def _note_words(self, readings: list[_Reading]) -> None:
        aggregates = []
        for reading in readings:
            bare = f"src.{identifier(f't_{reading.name}')}"
            aggregates += [
                f"count(*) filter (where {bare} <> '' and {spelling.is_no_value(bare)})",
                f"min({bare}) filter (where {bare} <> '' and {spelling.is_no_value(bare)})",
            ]
        found = self._scan(aggregates)
        for reading, words, word in zip(readings, found[::2], found[1::2], strict=True):
            if words:
                self.notes.append(LandedValue(reading.name, "a word for nothing is read as blank", words, word))

    def _read_numbers(self, readings: list[_Reading], every: list[_Reading]) -> None:
        for reading in every:
            self._help(
                f"n_{reading.name}",
                formats.number_text(reading.delivered.expression, allow_percent=not reading.target.decisive),
            )
        self._use_helpers()
        found = iter(
            self._scan(
                [
                    aggregate
                    for reading in every
                    for aggregate in formats.number_counts(
                        f"src.{identifier(f'n_{reading.name}')}", reading.target.type == "integer"
                    )
                ]
            )
        )
        evidence = {}
        for reading in every:
            *counts, example = islice(found, 6)
            evidence[reading.name] = formats.NumberEvidence(*[*counts, example or ""])
        whole_file = sum(evidence.values(), formats.NumberEvidence())
        declared = self.answers.declared(self.object, (formats.DECIMAL_POINT, formats.DECIMAL_COMMA))
        delimiter = self.plan.header.delimiter if self.plan.header else ""
        for reading in readings:
            text = f"src.{identifier(f'n_{reading.name}')}"
            own = evidence[reading.name]
            try:
                number_format, why = formats.decide_number_format(
                    own, whole_file, delimiter, declared, reading.target.type == "rate"
                )
            except formats.Ambiguous as ambiguous:
                if reading.target.decisive:
                    raise self._question(reading, ambiguous, formats.DECIMAL_COMMA, formats.DECIMAL_POINT) from None
                reading.value = f"cast(null as {reading.target.sql_type})"
                reading.expected = f"a number that can be read in one way only ({ambiguous})"
                continue
            plain = formats.read_number(text, number_format)
            reading.value = sql.cast_text(f"({plain})", reading.target.type)
            reading.expected = (
                "a number with a decimal comma, as the others of its column"
                if number_format == formats.DECIMAL_COMMA
                else reading.expected
            )
            marked = own.comma + own.one_comma + (own.one_dot if number_format == formats.DECIMAL_COMMA else 0)
            if marked:
                what = "comma" if number_format == formats.DECIMAL_COMMA else "point"
                self.notes.append(
                    LandedValue(reading.name, f"numbers are read with a decimal {what}: {why}", marked, own.example)
                )

    def _read_dates(self, readings: list[_Reading], every: list[_Reading]) -> None:
        found = iter(
            self._scan(
                [
                    aggregate
                    for reading in every
                    for aggregate in formats.day_counts(spelling.stripped(reading.delivered.expression))
                ]
            )
        )
        evidence = {}
        for reading in every:
            *counts, example = islice(found, 4)
            evidence[reading.name] = formats.DayEvidence(*[*counts, example or ""])
        titles = self.plan.header.titles if self.plan.header else ()
        whole_file = sum(evidence.values(), formats.days_in(titles))
        declared = self.answers.declared(self.object, (formats.DAY_FIRST, formats.MONTH_FIRST))
        orders: dict[str, str] = {}
        for reading in readings:
            own = evidence[reading.name]
            try:
                order = formats.decide_day_order(own, whole_file, declared)
            except formats.Ambiguous as ambiguous:
                raise self._question(reading, ambiguous, formats.DAY_FIRST, formats.MONTH_FIRST) from None
            orders[reading.name] = order
            slashed = own.day_first + own.month_first + own.either
            if slashed:
                words = "the day" if order == formats.DAY_FIRST else "the month"
                self.notes.append(LandedValue(reading.name, f"dates are read with {words} first", slashed, own.example))
        self._write_as_iso(orders)
        for reading in readings:
            iso = f"src.{identifier(f'i_{reading.name}')}"
            reading.value = sql.cast_text(iso, reading.target.type)
            if reading.target.type == "date":
                instant = f"case when {formats.is_moment(iso)} then {sql.cast_text(iso, 'timestamp')} end"
                self._read_days(reading, instant, formats.written_midnight(iso), sql.cast_text(iso, "date"))

    def _write_as_iso(self, orders: Mapping[str, str]) -> None:
        """Helper columns `i_` for dates and timestamps as ISO writes them, by the order of day and month."""
        pieces = {}
        for name in orders:
            bare = f"src.{identifier(f't_{name}')}"
            named = self._help(f"a_{name}", formats.named_date(bare))
            pieces[name] = (bare, named, self._help(f"b_{name}", formats.behind_date(bare)))
        self._use_helpers()
        clocks = {name: self._help(f"c_{name}", formats.clock(behind)) for name, (_, _, behind) in pieces.items()}
        self._use_helpers()
        for name, (bare, named, behind) in pieces.items():
            self._help(f"i_{name}", formats.iso_text(bare, orders[name], named, behind, clocks[name]))
        self._use_helpers()

    def _read_native_days(self, reading: _Reading) -> None:
        value = reading.delivered.expression
        instant = f"timezone('UTC', {value})" if reading.delivered.native_type.endswith("ZONE") else value
        instant = f"cast({instant} as timestamp)"
        self._read_days(reading, instant, f"{instant} = date_trunc('day', {instant})", f"cast({instant} as date)")

    def _read_days(self, reading: _Reading, instant: str, is_written: str, written_day: str) -> None:
        """A date column that holds timestamps: the day that they mean, told by all of them together."""
        zone = self.answers.timezone
        name = self._help(f"m_{reading.name}", instant)
        written = self._help(f"w_{reading.name}", is_written)
        day = self._help(f"d_{reading.name}", written_day)
        self._use_helpers()
        *counts, example = self._scan(formats.moment_counts(name, written, day, zone))
        evidence = formats.MomentEvidence(*[*counts, example or ""])
        if not evidence.moments:
            return
        declared = self.answers.declared(self.object, (formats.DAYS_AS_WRITTEN, formats.DAYS_OF_COMPANY))
        try:
            days = formats.decide_days(evidence, zone, declared)
        except formats.Ambiguous as ambiguous:
            if reading.target.decisive:
                raise self._question(
                    reading,
                    ambiguous,
                    formats.DAYS_AS_WRITTEN,
                    formats.DAYS_OF_COMPANY,
                    ", or correct the setting timezone",
                ) from None
            days = formats.DAYS_OF_COMPANY
        moment_day = formats.company_day(name, written, day, zone, days)
        reading.value = f"case when {name} is not null then {moment_day} else {day} end"
        if evidence.written_midnight < evidence.moments:
            self.notes.append(
                LandedValue(
                    reading.name,
                    f"moments are days in {zone}",
                    evidence.moments - evidence.written_midnight,
                    example or "",
                )
            )

    def _name_currencies(self) -> None:
        """Where a record names no currency, the one in the header of its amount counts."""
        named = self._readings.get(CURRENCY_COLUMN)
        said = next((column.currency for column in self.plan.columns if column.currency), "")
        if named and said:
            named.value = f"coalesce({named.value}, {literal(said)})"

    def _refuse_periods(self) -> None:
        """Raises LandingError for rows that sum up several days where a row is a day."""
        for first, last in self.plan.spans:
            keys = [r for r in self._readings.values() if r.target.required and r.target.name in self.object.key]
            filled = [f"not coalesce({r.nothing}, true)" for r in keys if r.target.name != first.raw_name]
            start, end = (f"trim(cast({column.expression} as varchar))" for column in (first, last))
            rows, example = only_row(
                self.connection,
                f"select count(*), min({start} || ' to ' || {end}) from {self.relation} "
                f"where {' and '.join([*filled, f'{start} <> {end}'])}",
            )
            if rows:
                raise LandingError(
                    f"{self.object.source}: {self.plan.file.name}: {rows:,} rows sum up several days ({first.name} and "
                    f"{last.name}: {example}); expected a row per day; export with the breakdown by day"
                )

    def _question(
        self, reading: _Reading, ambiguous: formats.Ambiguous, first: str, second: str, or_else: str = ""
    ) -> LandingError:
        return LandingError(
            f"{self.object.source}: {self.plan.file.name}: column {reading.name}: {ambiguous}; expected one format; "
            f"name it in the setting file_formats, as {self.object.label}={first} or "
            f"{self.object.label}={second}{or_else}"
        )

    # ---------------------------------------------------------------- what can't be read

    def note_unreadable(self) -> tuple[int, int]:
        """List the rows and cells that can't be read in `landing_rejects`; how many rows and cells.

        A blank key and a value that money or identity needs cost the row, another unreadable value costs its cell. A
        report's blank cost beside impressions costs the row: nobody knows whether it was nothing.
        """
        lost: list[tuple[str, str, str]] = []
        unread: list[tuple[str, str, str]] = []
        needed = [
            name for name, reading in self._readings.items() if name in self.object.key and reading.target.required
        ]
        for reading in self._readings.values():
            target = reading.target
            if target.name in needed:
                reason = literal(f"{target.name}: blank, but it identifies the record")
                # Spreadsheets add rows in which no cell holds anything: told once, whatever the key's parts.
                blank_row = literal(f"{BLANK_ROW}: no cell holds anything") if target.name == needed[0] else "null"
                reason = f"case when {self._is_blank_row()} then {blank_row} else {reason} end"
                lost.append((target.name, f"coalesce({reading.nothing}, true)", reason))
            if target.name in self.object.sums[:1]:
                shown = [
                    f"coalesce({value}, 0) <> 0" for name in self.object.sums[1:] if (value := self.value_of(name))
                ]
                if shown:
                    reason = literal(f"{target.name}: blank, though the row has {' or '.join(self.object.sums[1:])}")
                    lost.append((target.name, f"coalesce({reading.nothing}, true) and ({' or '.join(shown)})", reason))
            if target.type == "currency" and target.required:
                reason = literal(f"{target.name}: blank, so that nobody knows what the amount is")
                lost.append((target.name, f"coalesce({reading.nothing}, true)", reason))
            is_text = reading.delivered.native_type == "VARCHAR"
            if target.holds_json and is_text:
                text = reading.delivered.expression
                torn = f"not ({reading.nothing}) and not json_valid({text}) and not {spelling.is_null_word(text)}"
                quoted = f"{literal(target.name + ': ')} || left({text}, {QUOTED_CHARACTERS})"
                unread.append((target.name, f"({torn})", f"{quoted} || ' is not JSON, so that nothing of it is read'"))
            is_amount = reading.unread and is_text and target.type == "decimal" and target.decisive
            if is_amount and (currency := self._currency()):
                text = reading.delivered.expression
                said = f"{literal(f'{target.name}: ')} || left({text}, {QUOTED_CHARACTERS})"
                reason = f"{said} || ' is not in the currency of its record, ' || {currency}"
                lost.append((target.name, formats.contradicts_its_currency(text, currency), reason))
            if reading.unread:
                quoted = f"left(cast({reading.delivered.expression} as varchar), {QUOTED_CHARACTERS})"
                before, behind = literal(f"{target.name}: '"), literal(f"' is not {reading.expected}")
                reason = f"{before} || {quoted} || {behind}"
                (lost if target.decisive else unread).append((target.name, reading.bad, reason))
        named = self.value_of(CURRENCY_COLUMN)
        for column in self.plan.columns:
            if column.currency and named:
                reason = literal(f"{column.name}: the record names another currency, ")
                said = f"coalesce(upper(trim({named})) <> {literal(column.currency)}, false)"
                lost.append((column.raw_name, said, f"{reason} || {named}"))
        for column in self.plan.json_columns:
            text = f"cast({column.expression} as varchar)"
            is_bad = f"not json_valid({text}) and trim({text}) <> '' and not {spelling.is_null_word(text)}"
            before = literal(f"{column.name}: '")
            behind = literal("' is not JSON, in which other columns stand")
            reason = f"{before} || left({text}, {QUOTED_CHARACTERS}) || {behind}"
            lost.append((column.raw_name, f"({is_bad})", reason))
        summaries = self._list_rejects(self._summary_rows(), LOST_ROW)
        return summaries + self._list_rejects(lost, LOST_ROW), self._list_rejects(unread, UNREAD_CELL)

    def _is_blank_row(self) -> str:
        """SQL condition: no cell of the row holds anything."""
        return " and ".join(
            f"coalesce({spelling.stripped(column.expression)}, '') = ''"
            if column.native_type == "VARCHAR"
            else f"{column.expression} is null"
            for column in self.plan.kept_columns
            if column.is_own
        )

    def _currency(self) -> str | None:
        """SQL for the code of a record's currency; where the record names none, the reporting currency."""
        named = self.value_of("CurrencyIsoCode") or self.value_of("currency")
        reporting = literal(self.answers.reporting_currency) if self.answers.reporting_currency else None
        return f"coalesce({named}, {reporting or 'null'})" if named else reporting

    def _summary_rows(self) -> list[tuple[str, str, str]]:
        """The condition under which a row is no record but sums up others, as below a table."""
        reason = literal(f"{SUMMARY_ROW}: it sums up others and is no record")
        if not self.object.sums:
            key = self._readings.get(self.object.key[0])
            if key is None or key.target.type not in ("id", "key") or len(self.object.key) > 1:
                return []
            return [(key.name, reports.foot_condition(f"cast({key.delivered.expression} as varchar)"), reason)]
        texts = {
            name: f"cast({reading.delivered.expression} as varchar)"
            for name, reading in self._readings.items()
            if name in ("date", "account_id", "campaign_id", "campaign_name")
        }
        # Asked of every row, the question below costs more than the load: a plain campaign id on a day is no total.
        if not self._scan([f"count(*) filter (where {self._may_sum_up(texts)})"])[0]:
            return []
        condition = reports.summary_condition(self.object, texts, self.value_of("cost"), self.relation)
        return [("campaign_id", f"({condition})", reason)] if condition else []

    def _may_sum_up(self, texts: Mapping[str, str]) -> str:
        campaign = texts.get("campaign_id", "''")
        unusual = [f"coalesce(not regexp_full_match({campaign}, '[1-9][0-9]*'), true)"]
        if "date" in texts:
            date = self._readings["date"]
            unusual.append(f"coalesce({date.nothing}, true)")
            unusual.append(date.bad if date.unread else "false")
        return " or ".join(unusual)

    def _list_rejects(self, checks: list[tuple[str, str, str]], scope: str) -> int:
        if not checks:
            return 0
        listed = "select record_number from landing_rejects where record_number is not null"
        bad = " or ".join(condition for _, condition, _ in checks)
        # Counting reads the checked columns only; naming the rejects reads whole records.
        (count,) = only_row(self.connection, f"select count(*) from {self.relation} where {bad}")
        if not count:
            return 0
        names = ", ".join(f"case when {condition} then {literal(name)} end" for name, condition, _ in checks)
        reasons = ", ".join(f"case when {condition} then {reason} end" for _, condition, reason in checks)
        (rows,) = only_row(
            self.connection,
            "insert into landing_rejects (delivery, record_number, line, column_name, reason, record, scope) "
            f"select {self.delivery}, {self.number}, null, coalesce({names}), concat_ws('; ', {reasons}), "
            f"{self.record}, {literal(scope)} from {self.relation} "
            f"where ({bad}) and {self.number} not in ({listed} and delivery = {self.delivery})",
        )
        return rows


@cache
def _is_odd(kind: str) -> str:
    """SQL condition on a text, {}: it may not be in the one spelling that a column of that type has."""
    match kind:
        case "id" | "key":
            odd = f"{spelling.is_zero('{}')} or suffix({{}}, '\"') or starts_with({{}}, chr(39))"
        case "ad_id":
            odd = "not regexp_full_match({}, '[1-9A-Za-z_][0-9A-Za-z_]*') or starts_with({}, 'act_')"
        case "email":
            odd = f"{{}} <> lower({{}}) or not {spelling.is_plain_email('{}')}"
        case "user_key":
            odd = (
                f"{spelling.is_zero('{}')} or (contains({{}}, '@') and ({{}} <> lower({{}}) "
                f"or not {spelling.is_plain_email('{}')}))"
            )
        case "url":
            odd = "strlen({}) <> length({})"
        case "currency":
            odd = f"not {currencies.is_code('upper({})')}"
        case _:
            odd = "false"
    return f"{spelling.has_odd_ends('{}')} or {odd} or {spelling.is_null_word('{}')}"
