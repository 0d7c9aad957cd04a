"""Numbers and dates in the file's own format, told by the evidence of its columns, or a question to the company.

What lives here: what a column's texts say about decimal marks, the order of day and month, and days written
as timestamps; the decision; and the SQL that reads them so. What doesn't: running it (casting.py). A format holds for a
whole column: `1.000` beside `99,99` is a thousand, beside `99.99` it is one, and alone it is asked for rather than
guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from dagster_project.engine import literal
from dagster_project.landing import spelling, sql

# What the setting `file_formats` may say of an object.
DECIMAL_POINT, DECIMAL_COMMA = "decimal_point", "decimal_comma"
DAY_FIRST, MONTH_FIRST = "day_first", "month_first"
DAYS_AS_WRITTEN, DAYS_OF_COMPANY = "days_as_written", "days_of_company"
FILE_FORMATS = (DECIMAL_POINT, DECIMAL_COMMA, DAY_FIRST, MONTH_FIRST, DAYS_AS_WRITTEN, DAYS_OF_COMPANY)

# One slip in twenty of the other format is a slip (that cell can't be read); more, and the column has no format.
_DOMINANT = 20


class Ambiguous(ValueError):
    """A column's values have two readings. The message says which, and what in the setting `file_formats` decides."""


# ---------------------------------------------------------------- numbers

_SIGN = "[+-]?"
# Not to be told apart by themselves: `1.234` and `1,234`.
_ONE_DOT = _SIGN + r"[1-9]\d{0,2}\.\d{3}"
_ONE_COMMA = _SIGN + r"[1-9]\d{0,2},\d{3}"
_EXPONENT = r"([eE][+-]?\d{1,3})?"


def _number(decimal: str, group: str) -> str:
    """A number with these marks, grouped or not; groups of two before the last three are India's."""
    whole = rf"\d+|[1-9]\d{{0,2}}({group}\d{{3}})+|[1-9]\d?({group}\d\d)+{group}\d{{3}}"
    return rf"{_SIGN}(({whole})({decimal}\d*)?|{decimal}\d+){_EXPONENT}"


_WITH_POINT = _number(r"\.", ",")
_WITH_COMMA = _number(",", r"\.")


@dataclass(frozen=True)
class NumberEvidence:
    """How many texts of a column can only be read with a decimal point or comma, and how many either way."""

    point: int = 0
    comma: int = 0
    one_dot: int = 0
    one_comma: int = 0
    # Four digits in a row: who writes thousands with a mark doesn't write these.
    ungrouped: int = 0
    example: str = ""

    def __add__(self, other: NumberEvidence) -> NumberEvidence:
        return NumberEvidence(self.point + other.point, self.comma + other.comma)


def number_text(value: str, allow_percent: bool) -> str:
    """SQL for a number's text with nothing but digits, marks and sign: currency, blanks and accountants' signs go."""
    text = f"regexp_replace({spelling.stripped(value)}, '[\u2212\u2010-\u2013]', '-')"
    text = f"regexp_replace({text}, '^\\((.*)\\)$', '-\\1')"
    currency = r"(US|CA|AU|A|C|R|HK|NZ|S)?[\p{Sc}]|[A-Z]{3}|kr\.?|z\x{142}|K\x{10d}|Fr\.|Rs\.?"
    if allow_percent:
        currency += "|%"
    text = f"regexp_replace({text}, '^([+-]?)[\\s\\x{{a0}}\\x{{202f}}]*({currency})[\\s\\x{{a0}}\\x{{202f}}]*', '\\1')"
    text = f"regexp_replace({text}, '[\\s\\x{{a0}}\\x{{202f}}]*({currency})[\\s\\x{{a0}}\\x{{202f}}]*$', '')"
    # 100- is minus 100, as SAP writes it.
    text = f"regexp_replace({text}, '^([^+-]+)-$', '-\\1')"
    groups = r"[\x{20}\x{a0}\x{2009}\x{202f}\x{2019}'']"
    grouped = rf"^([+-]?)(\d{{1,3}}({groups}\d{{3}})+)([.,]\d*)?$"
    return (
        f"case when regexp_matches({text}, '{grouped}') then regexp_replace({text}, '{groups}', '', 'g') "
        f"else {text} end"
    )


# What stands beside amounts, and which currencies it may mean; three letters mean themselves.
_CURRENCY_MARKS = {
    "$": "USD AUD CAD NZD HKD SGD MXN ARS CLP COP TWD",
    "US$": "USD",
    **{"A$": "AUD", "AU$": "AUD", "C$": "CAD", "CA$": "CAD", "NZ$": "NZD", "HK$": "HKD", "S$": "SGD", "R$": "BRL"},
    **{"\u20ac": "EUR", "\u00a3": "GBP EGP LBP", "\u00a5": "JPY CNY", "\u20b9": "INR", "\u20a9": "KRW"},
    **{"\u20ba": "TRY", "\u20bd": "RUB", "\u20aa": "ILS", "z\u0142": "PLN", "K\u010d": "CZK", "Fr": "CHF"},
    **{"kr": "SEK NOK DKK ISK", "Rs": "INR PKR LKR NPR"},
}


def contradicts_its_currency(value: str, currency: str) -> str:
    """SQL condition: an amount's text carries the mark of another currency than `currency`, SQL for its code."""
    mark = f"regexp_replace({value}, '[^\\p{{L}}\\p{{Sc}}]', '', 'g')"
    known = " ".join(f"when {literal(mark)} then {literal(codes)}" for mark, codes in _CURRENCY_MARKS.items())
    itself = f"case when regexp_full_match({mark}, '[A-Z]{{3}}') then {mark} end"
    meant = f"case {mark} {known} else {itself} end"
    return f"coalesce(not contains({meant}, upper(trim({currency}))), false)"


def number_counts(text: str, is_whole: bool) -> list[str]:
    """SQL aggregates over a number's text: point, comma, one dot, one comma, ungrouped, an ambiguous example.

    In a column of whole numbers `1,234` can only be a thousand and tells what the comma means in this file.
    """

    def count(condition: str) -> str:
        return f"count(*) filter (where {condition})"

    def matches(pattern: str) -> str:
        return f"regexp_full_match({text}, '{pattern}')"

    one_dot, one_comma = matches(_ONE_DOT), matches(_ONE_COMMA)
    grouped_by_comma = f"{one_comma} and {text} not like '%000'" if is_whole else "false"
    grouped_by_dot = f"{one_dot} and {text} not like '%000'" if is_whole else "false"
    marked = f"contains({text}, '.') or contains({text}, ',')"
    point = f"(({marked}) and {matches(_WITH_POINT)} and not {matches(_WITH_COMMA)}) or ({grouped_by_comma})"
    comma = f"(({marked}) and {matches(_WITH_COMMA)} and not {matches(_WITH_POINT)}) or ({grouped_by_dot})"
    return [
        count(point),
        count(comma),
        count(f"{one_dot} and not ({grouped_by_dot})"),
        count(f"{one_comma} and not ({grouped_by_comma})"),
        count(matches(r"[+-]?\d{4,}([.,]\d*)?")),
        f"min({text}) filter (where {one_dot} or {one_comma})",
    ]


def decide_number_format(
    own: NumberEvidence, file: NumberEvidence, delimiter: str, declared: str | None, is_rate: bool
) -> tuple[str, str]:
    """The column's format and why: `own` is its evidence, `file` that of all its number columns. Raises Ambiguous."""
    if declared:
        return declared, "as file_formats says"
    ambiguous = own.one_dot + own.one_comma
    for evidence, whose in ((own, "this column"), (file, "this file")):
        if not evidence.point and not evidence.comma:
            continue
        few, many = sorted((evidence.point, evidence.comma))
        if few and few * _DOMINANT > many and (ambiguous or few == many or whose == "this file"):
            raise Ambiguous(
                f"{whose} holds numbers with a decimal point ({evidence.point}) and with a decimal comma "
                f"({evidence.comma})" + (f", so that {own.example!r} can be read two ways" if ambiguous else "")
            )
        return DECIMAL_POINT if evidence.point > evidence.comma else DECIMAL_COMMA, f"by other numbers of {whose}"
    if not ambiguous:
        return DECIMAL_POINT, "no mark needs reading"
    if not own.one_comma and delimiter != ";":
        return DECIMAL_POINT, "the plain format"
    if not own.one_comma and not is_rate and not own.ungrouped:
        return DECIMAL_COMMA, "a file with semicolons writes thousands with a point"
    if not own.one_dot and delimiter == "," and not is_rate and not own.ungrouped:
        return DECIMAL_POINT, "a file with commas writes thousands with a comma"
    if not own.one_dot and delimiter == ";" and (is_rate or own.ungrouped):
        return DECIMAL_COMMA, "a file with semicolons writes decimals with a comma"
    raise Ambiguous(f"nothing in this file tells whether the mark in {own.example!r} divides thousands or decimals")


def read_number(text: str, number_format: str) -> str:
    """SQL for a number's text as a plain number such as -1234.5; null if it isn't one in that format."""
    if number_format == DECIMAL_COMMA:
        return (
            f"case when regexp_full_match({text}, '{_WITH_COMMA}') then replace(replace({text}, '.', ''), ',', '.') end"
        )
    return f"case when regexp_full_match({text}, '{_WITH_POINT}') then replace({text}, ',', '') end"


# ---------------------------------------------------------------- the order of day and month

_TIME = r"([T ,]+\d{1,2}[:.]\d\d.*)?"
_SLASHED = r"\d{1,2}[/-]\d{1,2}[/-]\d{4}"
_FIRST = r"^(\d{1,2})[/.-] ?(\d{1,2})[/.-] ?(\d{4})"
_YEAR_FIRST = r"^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})"
# Months by name, as English and German exports write them.
_MONTHS = (
    *("jan january januar j\xe4n j\xe4nner", "feb february februar feber", "mar march m\xe4r m\xe4rz mrz maerz"),
    *("apr april", "may mai", "jun june juni", "jul july juli", "aug august", "sep sept september"),
    *("oct october okt oktober", "nov november", "dec december dez dezember"),
)
# The letters of those names, not all letters: DuckDB compiles a pattern for every place where it stands, and every
# alphabet of the world takes twenty times as long.
_NAMED_PATTERN = r"^(\d{1,2}[-/. ]+[A-Za-zäÄ]{3,9}[-/. ]+\d{4}|[A-Za-zäÄ]{3,9}[.]? \d{1,2},? \d{4})"
# Marketo writes the zone twice: Z+0000.
_CLOCK = (
    r"^[T ,]+(\d{1,2})[:](\d\d)(:\d\d(?:[.]\d{1,9})?)?\s*([AaPp])?[.]?(?:[Mm][.]?)?\s*"
    r"(Z|UTC|GMT|Z?[+-]\d\d(?::?\d\d)?)?$"
)
_CLOCK_PARTS = ("hour", "minute", "seconds", "half", "zone")


@dataclass(frozen=True)
class DayEvidence:
    """How many texts such as 3/4/2024 a column has that can only be read day first or month first, or either way."""

    day_first: int = 0
    month_first: int = 0
    either: int = 0
    example: str = ""

    def __add__(self, other: DayEvidence) -> DayEvidence:
        return DayEvidence(self.day_first + other.day_first, self.month_first + other.month_first)


def day_counts(text: str) -> list[str]:
    """SQL aggregates over a date's text: day first, month first, either, an ambiguous example."""
    slashed = f"regexp_full_match({text}, '{_SLASHED}{_TIME}')"
    first, second = (f"cast(regexp_extract({text}, '{_FIRST}', {n}) as integer)" for n in (1, 2))
    either = f"{slashed} and {first} <= 12 and {second} <= 12 and {first} <> {second}"
    return [
        f"count(*) filter (where case when {slashed} then {first} > 12 and {second} <= 12 end)",
        f"count(*) filter (where case when {slashed} then {second} > 12 and {first} <= 12 end)",
        f"count(*) filter (where case when {slashed} then {either} end)",
        f"min(case when {slashed} then {text} end) filter (where case when {slashed} then {either} end)",
    ]


def days_in(lines: Iterable[str]) -> DayEvidence:
    """What the dates in the lines above a header tell: a report's period is written as its days are."""
    found = [
        (int(first), int(second))
        for line in lines
        for first, second in re.findall(r"\b(\d\d?)[/-](\d\d?)[/-]\d{4}", line)
    ]
    return DayEvidence(
        sum(first > 12 >= second for first, second in found), sum(second > 12 >= first for first, second in found)
    )


def decide_day_order(own: DayEvidence, file: DayEvidence, declared: str | None) -> str:
    """Whether the column's slashed dates put the day or the month first. Raises Ambiguous."""
    if declared:
        return declared
    for evidence, whose in ((own, "this column"), (file, "this file")):
        if not evidence.day_first and not evidence.month_first:
            continue
        few, many = sorted((evidence.day_first, evidence.month_first))
        if few and few * _DOMINANT > many and (own.either or few == many or whose == "this file"):
            raise Ambiguous(
                f"{whose} holds dates with the day first ({evidence.day_first}) and with the month first "
                f"({evidence.month_first})" + (f", so that {own.example!r} can be read two ways" if own.either else "")
            )
        return DAY_FIRST if evidence.day_first > evidence.month_first else MONTH_FIRST
    if own.either:
        raise Ambiguous(f"nothing in this file tells whether the day or the month comes first in {own.example!r}")
    return DAY_FIRST


def named_date(text: str) -> str:
    """SQL for the date at a text's start whose month is a word; blank without one."""
    return f"regexp_extract({text}, '{_NAMED_PATTERN}')"


def behind_date(text: str) -> str:
    """SQL for what stands behind the date at a text's start: a time of day, or nothing."""
    return f"regexp_replace({text}, '{_YEAR_FIRST}|{_FIRST}|{_NAMED_PATTERN}|^(19|20)\\d{{6}}$', '')"


def clock(behind: str) -> str:
    """SQL for the parts of the time of day behind a date, as a struct of texts; all are blank without one."""
    return f"regexp_extract({behind}, '{_CLOCK}', [{', '.join(map(literal, _CLOCK_PARTS))}])"


def iso_text(text: str, order: str, named: str, behind: str, clock: str) -> str:
    """SQL for a date or timestamp as ISO writes it (`2024-12-31T23:15:00Z`); a text of no known form stays as it is.

    `named`, `behind` and `clock` name columns with what the functions of these names give: written out at each of
    their forty places, they would cost a column three seconds of planning.
    """

    def part(pattern: str, group: int) -> str:
        return f"lpad(regexp_extract({text}, '{pattern}', {group}), 2, '0')"

    def day(year: str, month: str, day_of_month: str) -> str:
        return f"{year} || '-' || {month} || '-' || {day_of_month}"

    year_last = f"regexp_extract({text}, '{_FIRST}', 3)"
    day_first = day(year_last, part(_FIRST, 2), part(_FIRST, 1))
    month_first = day(year_last, part(_FIRST, 1), part(_FIRST, 2))
    year_first = day(f"regexp_extract({text}, '{_YEAR_FIRST}', 1)", part(_YEAR_FIRST, 2), part(_YEAR_FIRST, 3))
    dotted = f"regexp_matches({text}, '^\\d{{1,2}}\\. ?\\d{{1,2}}\\. ?\\d{{4}}')"
    word = f"lower(regexp_extract({named}, '[A-Za-zäÄ]+'))"
    months = " ".join(
        f"when {literal(name)} then '{number:02}'" for number, names in enumerate(_MONTHS, 1) for name in names.split()
    )
    day_of_month = f"lpad(regexp_extract({named}, '\\d{{1,2}}'), 2, '0')"
    by_name = day(f"regexp_extract({named}, '\\d{{4}}')", f"case {word} {months} end", day_of_month)
    compact = f"regexp_full_match({text}, '(19|20)\\d{{6}}')"
    date = (
        f"case when regexp_matches({text}, '{_YEAR_FIRST}') "
        f"then {year_first} "
        f"when {compact} then left({text}, 4) || '-' || substr({text}, 5, 2) || '-' || right({text}, 2) "
        f"when {dotted} then {day_first} "
        f"when regexp_matches({text}, '^{_SLASHED}') then {day_first if order == DAY_FIRST else month_first} "
        f"when {named} <> '' then {by_name} end"
    )
    written_hour, minute, seconds, half, zone = (f"{clock}.{part_name}" for part_name in _CLOCK_PARTS)
    hour = f"cast({written_hour} as integer)"
    in_day = f"case lower({half}) when 'p' then {hour} % 12 + 12 when 'a' then {hour} % 12 else {hour} end"
    offset = f"regexp_replace(replace(replace({zone}, 'GMT', 'Z'), 'UTC', 'Z'), '^Z([+-])', '\\1')"
    return (
        f"coalesce(case when {sql.is_epoch(text)} then strftime({sql.epoch(text)}, '%Y-%m-%dT%H:%M:%S.%fZ') "
        f"when {behind} = '' then {date} "
        f"when {minute} <> '' then {date} || 'T' || lpad(cast({in_day} as varchar), 2, '0') || ':' || {minute} "
        f"|| case {seconds} when '' then ':00' else {seconds} end || {offset} end, {text})"
    )


# ---------------------------------------------------------------- days written as timestamps


@dataclass(frozen=True)
class MomentEvidence:
    """The timestamps of a date column: how many are midnight as written, at the company, or neither; and of the last,
    at how many times of day, and whether those look like another timezone's midnight."""

    moments: int = 0
    written_midnight: int = 0
    company_midnight: int = 0
    other: int = 0
    # Midnight as written, and yet another day at the company.
    contradicting: int = 0
    other_times: int = 0
    other_like_midnights: int = 0
    example: str = ""


def moment_counts(instant: str, is_written_midnight: str, written_day: str, timezone: str) -> list[str]:
    """SQL aggregates over the timestamps of a date column; `instant` is UTC and null for a plain date."""
    local = f"timezone('{timezone}', timezone('UTC', {instant}))"
    is_local = f"({local} = date_trunc('day', {local}))"
    other = f"{instant} is not null and not {is_written_midnight} and not {is_local}"
    # Midnight east of Greenwich, in UTC: a full or half hour of the afternoon or evening.
    like = f"hour({instant}) >= 13 and minute({instant}) in (0, 15, 30, 45) and second({instant}) = 0"
    return [
        f"count({instant})",
        f"count(*) filter (where {instant} is not null and {is_written_midnight})",
        f"count(*) filter (where {instant} is not null and {is_local})",
        f"count(*) filter (where {other})",
        f"count(*) filter (where {instant} is not null and {is_written_midnight} and not {is_local} "
        f"and {written_day} <> cast({local} as date))",
        f"count(distinct hour({instant}) * 60 + minute({instant})) filter (where {other})",
        f"count(*) filter (where {other} and {like})",
        f"min(cast({instant} as varchar)) filter (where {other})",
    ]


def decide_days(evidence: MomentEvidence, timezone: str, declared: str | None) -> str:
    """Whether a timestamp that is midnight as written keeps its day, while others are the company's. Raises Ambiguous.

    All timestamps midnight as written: a plain date, as tools write it. All midnight at the company: the timestamp at
    which its day began. Midnights of either kind: each its own day. Real timestamps: the company's day.
    """
    if declared:
        return declared
    if not evidence.other:
        return DAYS_OF_COMPANY if evidence.company_midnight == evidence.moments else DAYS_AS_WRITTEN
    if evidence.other == evidence.other_like_midnights and evidence.other_times <= 2:
        raise Ambiguous(
            f"its moments ({evidence.example} UTC) look like midnight in another timezone than the company's, "
            f"{timezone}"
        )
    if evidence.contradicting * 100 > evidence.moments:
        raise Ambiguous(
            f"it holds moments ({evidence.example} UTC) and midnights in UTC, which may be days or moments of the day "
            f"before in {timezone}"
        )
    return DAYS_OF_COMPANY


def company_day(instant: str, is_written_midnight: str, written_day: str, timezone: str, days: str) -> str:
    """SQL for the day that a timestamp in a date column means."""
    local = f"cast(timezone('{timezone}', timezone('UTC', {instant})) as date)"
    if days == DAYS_AS_WRITTEN:
        return f"case when {is_written_midnight} then {written_day} else {local} end"
    return local


def written_midnight(iso: str) -> str:
    """SQL condition: the timestamp's own clock, in the offset it is written in, shows midnight."""
    return f"regexp_matches({iso}, '^.{{10}}[T ]00:00(:00([.]0+)?)?($|[^:.0-9])')"


def is_moment(iso: str) -> str:
    """SQL condition: the text is a date with a time behind it."""
    return f"(strlen({iso}) > 10 and {sql.cast_text(iso, 'timestamp')} is not null)"
