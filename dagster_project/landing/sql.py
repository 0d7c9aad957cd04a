"""The parts of SQL that depend on an object's names and types: casts, keys, digests.

What lives here: pure functions from names and types to SQL text. What doesn't: running it (loader.py), and quoting
(engine.py).
"""

from __future__ import annotations

from collections.abc import Iterable

from dagster_project.engine import identifier, literal
from dagster_project.landing.catalog import SQL_TYPES, TEXT_TYPES, Column, LandingObject

_DATE = r"\d{4}-\d\d-\d\d"
_MOMENT = _DATE + r"[T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?"
_OFFSET = r" ?(Z|UTC|[+-]\d\d(:?\d\d)?)"
# As systems export it: with seconds, in UTC.
_UTC_MOMENT = _DATE + r"T\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]00(:?00)?)"
# An instant in Unix time is told by its size: between these years, seconds, milliseconds, microseconds and nanoseconds
# share no number. Earlier and later ones are slips.
_EARLIEST = 631_152_000  # 1990-01-01
_LATEST = 4_102_444_800  # 2100-01-01
_EPOCH = r"\d{9,19}(\.\d{1,9})?"
# 2034022013 may be an hour as well, 2034-02-20 13:00.
_HOUR_OF_DAY = r"(19|20)\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])([01]\d|2[0-3])"
_NUMBER = r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?"

_WHOLE_NUMBERS = {
    "TINYINT",
    "SMALLINT",
    "INTEGER",
    "BIGINT",
    "HUGEINT",
    "UTINYINT",
    "USMALLINT",
    "UINTEGER",
    "UBIGINT",
    "UHUGEINT",
}
# Whole numbers that can't reach the limit below.
_SMALL_NUMBERS = {"TINYINT", "SMALLINT", "INTEGER", "UTINYINT", "USMALLINT", "UINTEGER"}
# Money is kept to the cent in 18 digits, so an amount from here on is a slip, and would stop the night in the middle.
_TOO_LARGE = "10000000000000000"
_CLOCKS = {"TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS", "TIMESTAMP"}

# How a reject's reason names what was expected.
EXPECTED = {
    "boolean": "true or false",
    "integer": "a whole number",
    "decimal": "a plain number such as 1234.56",
    "rate": "a plain number such as 0.918273",
    "minor_units": "a whole number of the currency's smallest unit, such as 123456 for 1,234.56",
    "date": "a date such as 2026-01-31",
    "timestamp": "a timestamp such as 2026-01-31T09:30:00Z",
}

# Yes and no, as tools and the spreadsheets of several languages write a flag.
TRUE_WORDS = (
    "true",
    "t",
    "yes",
    "y",
    "1",
    "1.0",
    "wahr",
    "ja",
    "vrai",
    "oui",
    "verdadero",
    "s\u00ed",
    "vero",
    "verdadeiro",
)
FALSE_WORDS = ("false", "f", "no", "n", "0", "0.0", "falsch", "nein", "faux", "non", "falso")

# The alphabet of the three letters that make a 15-character Salesforce id an 18-character one.
_SUFFIX_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


def table(landing_object: LandingObject) -> str:
    """The object's raw table as an SQL name."""
    return f"{identifier(landing_object.schema)}.{identifier(landing_object.snake_name)}"


def cast_text(value: str, target: str) -> str:
    """SQL for a text as the catalog type `target`: blank is null, and null is also what can't be cast."""
    trimmed = f"trim({value})"
    if target in ("text", "free_text", "url"):
        return f"case when {_all_blank(value)} then null else {value} end"
    if target in TEXT_TYPES:
        return f"nullif({trimmed}, '')"
    if target == "boolean":
        words = [", ".join(map(literal, words)) for words in (TRUE_WORDS, FALSE_WORDS)]
        return (
            f"case when lower({trimmed}) in ({words[0]}) then true when lower({trimmed}) in ({words[1]}) then false end"
        )
    if target in ("decimal", "rate"):
        wide = SQL_TYPES[target]
        number = f"try_cast({trimmed} as {wide})"
        # DuckDB needs 70 times as long to read a decimal of more than 18 digits, whatever the text.
        scale = _scale(wide)
        short = rf"[+-]?\d{{1,{18 - scale}}}(\.\d{{1,{scale}}})?"
        return (
            f"case when regexp_full_match({trimmed}, '{short}') "
            f"then cast(try_cast({trimmed} as DECIMAL(18,{scale})) as {wide}) "
            f"when regexp_full_match({trimmed}, '{_NUMBER}') and abs({number}) < {_TOO_LARGE} then {number} end"
        )
    if target == "integer":
        number = cast_text(value, "decimal")
        # A cast alone would round 12.5 to 13.
        return f"case when {number} = trunc({number}) then try_cast({number} as bigint) end"
    if target == "minor_units":
        # A point or a comma would say that somebody has made whole units of them.
        return f"case when regexp_full_match({trimmed}, '[+-]?\\d{{1,16}}') then try_cast({trimmed} as bigint) end"
    if target == "date":
        # The calendar day as written: an offset behind it doesn't move it.
        is_date = f"regexp_full_match({trimmed}, '{_DATE}|{_MOMENT}({_OFFSET})?')"
        return f"case when {is_date} then try_cast(left({trimmed}, 10) as date) end"
    # DuckDB drops the offset when it casts a text to timestamp, so that of UTC is in nobody's way; and it wants seconds
    # and no blank before an offset.
    has_seconds = f"substr({trimmed}, 17, 1) = ':'"
    with_seconds = (
        f"case when {has_seconds} then {trimmed} else left({trimmed}, 16) || ':00' || substr({trimmed}, 17) end"
    )
    compact = f"replace(replace({with_seconds}, ' +', '+'), ' -', '-')"
    return (
        f"case when regexp_full_match({trimmed}, '{_DATE}|{_MOMENT}|{_UTC_MOMENT}') "
        f"then try_cast({trimmed} as timestamp) "
        f"when regexp_full_match({trimmed}, '{_MOMENT}{_OFFSET}') "
        f"then timezone('UTC', try_cast({compact} as timestamptz)) "
        f"when {is_epoch(trimmed)} then {epoch(trimmed)} end"
    )


def is_epoch(text: str) -> str:
    """SQL condition: the text may be an instant in Unix time."""
    return f"regexp_full_match({text}, '{_EPOCH}')"


def epoch(value: str) -> str:
    """SQL for an instant in Unix time as a timestamp, whatever its unit; null if its size tells none, or two readings.

    `value` is a number or its text.
    """
    number = f"try_cast({value} as decimal(28, 9))"
    units = []
    for exponent in (0, 3, 6, 9):
        microseconds = f"{number} * {10 ** (6 - exponent)}" if exponent <= 6 else f"{number} / 1000"
        low, high = _EARLIEST * 10**exponent, _LATEST * 10**exponent
        units.append(
            f"when {number} >= {low} and {number} < {high} then make_timestamp(cast({microseconds} as bigint))"
        )
    is_hour = f"regexp_full_match(cast({value} as varchar), '{_HOUR_OF_DAY}')"
    return f"case when {is_hour} then null {' '.join(units)} end"


def _scale(decimal: str) -> int:
    """How many digits the DuckDB decimal has behind the point."""
    return int(decimal.rstrip(")").split(",")[1])


def is_number(native: str) -> bool:
    """Whether the DuckDB type is one of numbers."""
    return native in _WHOLE_NUMBERS or native in ("DOUBLE", "FLOAT") or native.startswith("DECIMAL(")


def is_plain(native: str) -> bool:
    """Whether the DuckDB type holds one value, and none inside another."""
    return not (native.endswith("]") or native.startswith(("STRUCT(", "MAP(", "UNION(")) or native == "JSON")


def exact(value: str, native: str) -> str:
    """SQL for a number that its text shows with all its digits."""
    return f"try_cast({value} as decimal(38, 6))" if native in ("DOUBLE", "FLOAT") else value


def cast_native(value: str, native: str, target: str) -> str:
    """SQL for a Parquet value of the DuckDB type `native` as the catalog type `target`."""
    if native == "VARCHAR":
        return cast_text(value, target)
    if target == "free_text" and not is_plain(native):
        return f"nullif(nullif(cast(to_json({value}) as varchar), '[]'), 'null')"
    if target in TEXT_TYPES:
        return cast_text(f"cast({value} as varchar)", target)
    if target == "timestamp" and native in _CLOCKS | {"DATE"}:
        return value if native == "TIMESTAMP" else f"try_cast({value} as timestamp)"
    if native == "TIMESTAMP WITH TIME ZONE" and target in ("timestamp", "date"):
        moment = f"timezone('UTC', {value})"
        return moment if target == "timestamp" else f"cast({moment} as date)"
    if target == "date" and native in _CLOCKS | {"DATE"}:
        return value if native == "DATE" else f"try_cast({value} as date)"
    if target == "boolean" and native == "BOOLEAN":
        return value
    if is_number(native) and target in ("decimal", "rate"):
        number = f"try_cast({value} as {SQL_TYPES[target]})"
        return number if native in _SMALL_NUMBERS else f"case when abs({number}) < {_TOO_LARGE} then {number} end"
    if is_number(native) and target == "timestamp":
        return epoch(value)
    if is_number(native) and target in ("integer", "minor_units"):
        if native in _WHOLE_NUMBERS:
            return value if native == "BIGINT" else f"try_cast({value} as bigint)"
        return f"case when {value} = trunc({value}) then try_cast({value} as bigint) end"
    return cast_text(f"cast({value} as varchar)", target)


def can_fail(native: str, target: str) -> bool:
    """Whether a value of that type can be uncastable: what can't needs no check."""
    if target in TEXT_TYPES:
        return False
    if native in ("VARCHAR", "DOUBLE", "FLOAT"):
        return True
    same = {
        "boolean": {"BOOLEAN"},
        "integer": {"BIGINT", "INTEGER", "SMALLINT", "TINYINT", "UINTEGER", "USMALLINT", "UTINYINT"},
    }
    same["timestamp"] = same["date"] = {"DATE", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE"}
    same["decimal"] = same["rate"] = _SMALL_NUMBERS
    same["minor_units"] = same["integer"]
    return native not in same[target]


def is_blank(value: str, native: str) -> str:
    """SQL condition: there is no value."""
    return f"({value} is null or {_all_blank(value)})" if native == "VARCHAR" else f"({value} is null)"


def _all_blank(value: str) -> str:
    # Trimming ten million ids takes seconds; what is not below the first printable character needs no trim.
    return f"({value} < '!' and trim({value}) = '')"


def salesforce_id(value: str) -> str:
    """SQL for a Salesforce id in its 18-character form: the suffix says which of the 15 letters are capitals.

    The short and the long form are the same record; a text that isn't 15 letters and digits stays as it is.
    """
    chunks = []
    for start in (1, 6, 11):
        capitals = " + ".join(
            f"cast(unicode(substr({value}, {start + bit}, 1)) between 65 and 90 as integer) * {2**bit}"
            for bit in range(5)
        )
        chunks.append(f"substr('{_SUFFIX_ALPHABET}', 1 + {capitals}, 1)")
    is_short = f"length({value}) = 15 and regexp_full_match({value}, '[a-zA-Z0-9]{{15}}')"
    return f"case when {is_short} then {value} || {' || '.join(chunks)} else {value} end"


def key_expressions(landing_object: LandingObject) -> tuple[str, ...]:
    """The object's key in the form in which two versions of a record are equal."""
    return tuple(_key_expression(landing_object, landing_object.column(name)) for name in landing_object.key)


def _key_expression(landing_object: LandingObject, column: Column) -> str:
    name = identifier(column.name)
    return salesforce_id(name) if landing_object.source == "salesforce" and column.type == "id" else name


def stamp_expression(landing_object: LandingObject) -> str:
    """SQL for the timestamp of a record's last change, null if the object doesn't say; the largest stays.

    Where the earliest version counts, the time that is left until the end of days.
    """
    if landing_object.earliest_by:
        return f"timestamp '9999-12-31' - {identifier(landing_object.earliest_by)}"
    stamps = [identifier(stamp) for stamp in landing_object.stamps]
    return f"coalesce({', '.join(stamps)})" if stamps else "cast(null as timestamp)"


def content_digest(columns: Iterable[str]) -> str:
    """SQL for a row's content as one digest that depends on neither column order nor row order."""
    parts = ", ".join(f"coalesce(cast({identifier(name)} as varchar), chr(30))" for name in sorted(columns))
    return f"md5(concat_ws(chr(31), {parts}))"


def record_text(columns: Iterable[str]) -> str:
    """SQL for a row as a JSON object, for a reader of the rejects."""
    pairs = ", ".join(f"{literal(name)}, {identifier(name)}" for name in columns)
    return f"cast(json_object({pairs}) as varchar)"
