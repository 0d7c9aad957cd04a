"""Personal data in published texts: what stands for an e-mail address, a phone number or a prospect's name.

What lives here: finding them in every text that is published, and the token that each is replaced by. What doesn't: the
hashes that the marts themselves hold (`dbt_models/macros/personal_data.sql`), and copying (publisher.py).

Masking happens where the marts leave the build file, after every rule has been applied: channels, campaigns and numbers
are worked out from the clear values, and no column of a new mart can be forgotten. A text is masked the same way
wherever it stands, and two different texts never become the same one, so that joins and groups stay as they were.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import unquote

import duckdb

from dagster_project.engine import identifier

# Of a hash, enough that two of ten million values don't meet.
_HASH_CHARACTERS = 16

# How an @ is written: as it is, encoded for a URL (once or more often), for HTML or JSON, or avoided.
_AT = r"(?:@|\uff20|%(?:25)*40|&#64;|&#x40;|\\u0040|\s?[\[(]\s?at\s?[\])]\s?)"
_EMAIL = re.compile(
    rf"(?:[\w.+'\u2019-]|%2[BbDdEe])+{_AT}[\w-]+(?:(?:\.|%2[Ee])[\w-]+)+",
    re.IGNORECASE,
)

# Digits with what people write between them.
_GAP = r"(?:%20|[\s().\-/\u00a0]){0,3}"
_INTERNATIONAL = re.compile(rf"(?:(?<!\w)\+|%2[Bb])(?:%20|\s)?[1-9](?:{_GAP}\d){{6,14}}")
_NATIONAL = re.compile(
    rf"(?<![\w.%-])(?:00[1-9](?:{_GAP}\d){{6,13}}"
    r"|\(\d{2,5}\)[\s.\-/]{0,2}\d(?:[\s.\-/]?\d){4,10}"
    r"|0\d{1,5}[\s.\-/](?:\d[\s.\-/]?){4,11}\d"
    r"|\d{3}[\s.\-]\d{3}[\s.\-]\d{4}"
    r"|0\d{9,11})(?![\w-])"
)
_DATE = re.compile(r"\d{1,2}[./-]\d{1,2}[./-]\d{4}|\d{4}-\d{2}-\d{2}")
_DIGITS = re.compile(r"(?<![\w%])\d{7,15}(?!\w)")
# Shorter numbers, such as "01 2024 12", are no phone numbers.
_FEWEST_DIGITS = 9

_WORD = re.compile(r"[^\W\d_]+")
# In place of a name may stand an id ("Seller 4f09e2"): six characters with a digit before a letter, or with more digits
# than the year that some write behind their name.
_WORD_OR_ID = re.compile(r"[^\W_]+")
_ID = re.compile(r"(?=.{6}).*(?:\d[^\W\d_]|\d{5})")
# Between the words of one name: a comma, a dot and a space at most, or one of them encoded.
_LONGEST_GAP = 4

# In these columns a number is an id unless it says that it is a phone number.
_ID_COLUMN = re.compile(r".*(_id|_key|_hash|_version|identifier|file)")

# Columns that name the company's own people; a prospect may have the same name.
STAFF_COLUMNS = re.compile(r"(.*_)?user_name|marketer_name|seller_name|owner|author")

# Tables of raw that hold the company's own people.
_STAFF_TABLES = {"user", "users", "owner", "owners"}
_FIRST_NAMES, _LAST_NAMES = ("firstname", "givenname"), ("lastname", "familyname", "surname")
_PEOPLE = re.compile(r"lead|contact|person|people|identif|prospect")
_PHONE_COLUMN = re.compile(r"phone|mobile|fax")


@dataclass(frozen=True)
class Known:
    """What the exports say of prospects: their names as sequences of words, and the digits of their phone numbers."""

    names: frozenset[tuple[str, ...]] = frozenset()
    phones: frozenset[str] = frozenset()

    @cached_property
    def longest_name(self) -> int:
        return max((len(name) for name in self.names), default=0)


@dataclass(frozen=True)
class Masker:
    """Replaces personal data in a text. The same text always gives the same one, with the same salt."""

    salt: str
    known: Known = field(default_factory=Known)

    def masked(self, text: str, *, is_id: bool = False, names: bool = True) -> str:
        """The text without addresses, phone numbers and (if `names`) prospects' names."""
        found = self._masked(text, is_id, names)
        if "%" in found:
            # What only decoding shows, such as umlauts in a name.
            decoded = unquote(found, errors="replace")
            if (clear := self._masked(decoded, is_id, names)) != decoded:
                return clear
        return found

    def _masked(self, text: str, is_id: bool, names: bool) -> str:
        text = _EMAIL.sub(lambda match: self.token("email", match[0]), text)
        text = _INTERNATIONAL.sub(lambda match: self.token("phone", match[0]), text)
        if not is_id:
            text = _NATIONAL.sub(self._national, text)
        if self.known.phones:
            text = _DIGITS.sub(self._digits, text)
        return self._without_names(text) if names and self.known.names else text

    def token(self, kind: str, value: str) -> str:
        """What stands for a value. An address in lower case has the beginning of the `email_hash` of its person."""
        return f"{kind}-{hashlib.sha256(f'{self.salt}|{value}'.encode()).hexdigest()[:_HASH_CHARACTERS]}"

    def _national(self, match: re.Match[str]) -> str:
        digits = sum(character.isdigit() for character in match[0])
        return match[0] if digits < _FEWEST_DIGITS or _DATE.search(match[0]) else self.token("phone", match[0])

    def _digits(self, match: re.Match[str]) -> str:
        return self.token("phone", match[0]) if match[0].lstrip("0") in self.known.phones else match[0]

    def _without_names(self, text: str) -> str:
        words = [
            (folded, match.start(), match.end())
            for match in _WORD.finditer(text)
            if not _is_initial(folded := fold(match[0]))
        ]
        pieces, written, position = [], 0, 0
        while position < len(words) - 1:
            end = self._end_of_name(words, position, text)
            if end is None:
                position += 1
                continue
            start, stop = words[position][1], words[end - 1][2]
            pieces += [text[written:start], self.token("name", text[start:stop])]
            written, position = stop, end
        return "".join([*pieces, text[written:]])

    def _end_of_name(self, words: Sequence[tuple[str, int, int]], start: int, text: str) -> int | None:
        """The position behind the longest name that begins with the word at `start`."""
        longest = None
        sequence: list[str] = []
        for position in range(start, min(start + self.known.longest_name, len(words))):
            if position > start:
                between = text[words[position - 1][2] : words[position][1]]
                if len(_WORD.sub("", between)) > _LONGEST_GAP:
                    break
            sequence.append(words[position][0])
            if tuple(sequence) in self.known.names:
                longest = position + 1
        return longest


def fold(text: str) -> str:
    """Lower case without accents, as names are compared; also how SQL does it (`lower(strip_accents(…))`)."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFD", text)
    return "".join(character for character in decomposed if not unicodedata.combining(character)).lower()


def name_sequences(first: str, last: str) -> set[tuple[str, ...]]:
    """The sequences of words under which a person may be written: in full, with one first name, last name first."""
    firsts, lasts = (
        tuple(
            word
            for part in _WORD_OR_ID.findall(name)
            if not _ID.match(part)
            for word in (fold(found) for found in _WORD.findall(part))
            if not _is_initial(word)
        )
        for name in (first, last)
    )
    if not firsts or not lasts:
        return set()
    return {firsts + lasts, lasts + firsts, firsts[:1] + lasts, lasts + firsts[:1], firsts[:1] + lasts[-1:]}


def known_people(connection: duckdb.DuckDBPyConnection) -> Known:
    """Names and phone numbers of prospects, from every table of raw that has columns for them.

    Words that a reference table uses for something else ("Google Ads") are no name.
    """
    names: set[tuple[str, ...]] = set()
    phones: set[str] = set()
    for schema, table, columns in _raw_tables(connection):
        relation = f"{identifier(schema)}.{identifier(table)}"
        by_meaning = {column.lower().replace("_", ""): column for column in columns}
        first = next((by_meaning[name] for name in by_meaning if name.endswith(_FIRST_NAMES)), None)
        last = next((by_meaning[name] for name in by_meaning if name.endswith(_LAST_NAMES)), None)
        full = by_meaning.get("name") if _PEOPLE.search(table) else None
        if first and last:
            pairs = _rows(connection, f"select distinct {identifier(first)}, {identifier(last)} from {relation}")
            names.update(sequence for pair in pairs for sequence in name_sequences(*pair))
        if full:
            for (name,) in _rows(connection, f"select distinct {identifier(full)} from {relation}"):
                before, _, after = name.strip().rpartition(" ")
                names |= name_sequences(before, after)
        for meaning, column in by_meaning.items():
            if _PHONE_COLUMN.search(meaning):
                digits = _rows(
                    connection,
                    rf"select distinct ltrim(regexp_replace({identifier(column)}, '\D', '', 'g'), '0') from {relation}",
                )
                phones.update(number for (number,) in digits if len(number) >= 7)
    return Known(frozenset(names - _vocabulary(connection)), frozenset(phones))


def write_masks(connection: duckdb.DuckDBPyConnection, texts: Iterable[tuple[str, str]], masker: Masker) -> None:
    """Write `temp.masks`: each published text with personal data, and what is published instead.

    `texts` are the published columns: name, and a query that gives the column as `value`. `by_name` says that nothing
    but names was masked, which columns of the company's own people keep.
    """
    connection.execute(
        "create or replace temp table masks (value varchar primary key, masked varchar, by_name boolean)"
    )
    _write_name_beginnings(connection, masker.known)
    for (is_id, is_staff), queries in _by_kind(texts).items():
        query = " union all ".join(queries)
        found = _rows(connection, _suspicious(query, is_id, names=not is_staff and bool(masker.known.names)))
        rows = []
        for (value,) in found:
            masked = masker.masked(value, is_id=is_id, names=not is_staff)
            if masked != value:
                rows.append((value, masked, masker.masked(value, is_id=is_id, names=False) == value))
        if rows:
            # What one column calls a phone number is masked in all, so that equal texts stay equal.
            connection.executemany("insert or replace into temp.masks values (?, ?, ?)", rows)
    connection.execute("drop table temp.name_beginnings; drop table temp.known_phones")


def _by_kind(texts: Iterable[tuple[str, str]]) -> dict[tuple[bool, bool], list[str]]:
    """The queries by whether their column holds ids and whether it names the company's own people; ids come first."""
    kinds: dict[tuple[bool, bool], list[str]] = {(True, False): [], (False, True): [], (False, False): []}
    for column, query in texts:
        is_staff = bool(STAFF_COLUMNS.fullmatch(column))
        kinds[(not is_staff and bool(_ID_COLUMN.fullmatch(column)), is_staff)].append(query)
    return {kind: queries for kind, queries in kinds.items() if queries}


def _suspicious(query: str, is_id: bool, names: bool) -> str:
    """The column's texts that are worth a look: they hold something like an address, a number or a known name."""
    likely = [r"regexp_matches(value, '@|\x{FF20}|%(25)*40|&#64;|&#x40;|\\u0040|[\[(]\s?at\s?[\])]|\+\s?[1-9]|%2[Bb]')"]
    if not is_id:
        likely.append(r"regexp_matches(value, '\d([ ().\-/]*\d){6}')")
    else:
        likely.append(
            r"(length(value) <= 16 and regexp_full_match(value, '\d{7,16}')"
            r" and ltrim(value, '0') in (from temp.known_phones))"
        )
    if names:
        likely.append("has_name")
    pairs = r"""
        list_filter(
            regexp_extract_all(lower(strip_accents(decoded)), '\pL+'),
            lambda word: not regexp_full_match(word, '[a-z]')
        )
    """
    has_name = f"""
        (
            select value from (
                select value, unnest(words[:-2]) as first_word, unnest(words[2:]) as second_word
                from (
                    select value, {pairs} as words
                    from (select value, {_decoded("value")} as decoded from texts)
                    where regexp_matches(decoded, '\\pL[^\\pL\\pN]') or contains(decoded, '_')
                )
                where len(words) > 1
            )
            semi join temp.name_beginnings using (first_word, second_word)
        )
    """
    return f"""
        with texts as (select distinct value from ({query}) where value is not null)
        select value from (select value, {f"value in {has_name}" if names else "false"} as has_name from texts)
        where {" or ".join(likely)}
        order by value
    """


def _decoded(column: str) -> str:
    # Only where something is encoded: an invalid encoding is an error of the function.
    return f"case when contains({column}, '%') then coalesce(try(url_decode({column})), {column}) else {column} end"


def _write_name_beginnings(connection: duckdb.DuckDBPyConnection, known: Known) -> None:
    """What SQL looks for: the first two words of every name, and whole phone numbers."""
    connection.execute("create or replace temp table name_beginnings (first_word varchar, second_word varchar)")
    connection.execute("create or replace temp table known_phones (digits varchar)")
    beginnings = sorted({name[:2] for name in known.names})
    if beginnings:
        connection.execute(
            "insert into temp.name_beginnings select unnest(?::varchar[]), unnest(?::varchar[])",
            [[first for first, _ in beginnings], [second for _, second in beginnings]],
        )
    if known.phones:
        connection.execute("insert into temp.known_phones select unnest(?::varchar[])", [sorted(known.phones)])


def _vocabulary(connection: duckdb.DuckDBPyConnection) -> set[tuple[str, ...]]:
    """The texts of the reference tables, as sequences of words."""
    columns = connection.execute(
        "select table_name, column_name from duckdb_columns() "
        "where database_name = current_database() and schema_name = 'reference' and data_type = 'VARCHAR' "
        "and table_name not in ('settings', 'run_context', 'teams')"
    ).fetchall()
    return {
        tuple(fold(word) for word in _WORD.findall(value))
        for table, column in columns
        for (value,) in _rows(connection, f"select distinct {identifier(column)} from reference.{identifier(table)}")
    }


def _raw_tables(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str, list[str]]]:
    """Every table of raw but those of the company's own people, with its text columns."""
    tables = connection.execute(
        """
        select schema_name, table_name, list(column_name order by column_index)
        from duckdb_columns()
        where database_name = current_database() and schema_name like 'raw\\_%' escape '\\' and data_type = 'VARCHAR'
        group by all
        order by all
        """
    ).fetchall()
    return [(schema, table, columns) for schema, table, columns in tables if table not in _STAFF_TABLES]


def _rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[tuple[str, ...]]:
    """The rows without nulls."""
    return [row for row in connection.execute(query).fetchall() if None not in row]


def _is_initial(word: str) -> bool:
    """Whether a folded word is one Latin letter, which may stand between the words of a name or be left out."""
    return len(word) == 1 and word.isascii()
