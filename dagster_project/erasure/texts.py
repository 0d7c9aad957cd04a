"""A person's values within texts, and what takes their place.

What lives here: recognising a value in the ways in which files write it, and the text without it. What doesn't: which
values are a person's (person.py), what stands for each (pseudonyms.py), and going through tables and files.
"""

from __future__ import annotations

import hashlib
import html
import json
import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

import duckdb

from dagster_project.publish.masking import fold

# What a value may be: an address, an id of any kind, a name as folded words, digits of a phone number, a hash.
EMAIL, ID, NAME, PHONE, HASH = "email", "id", "name", "phone", "hash"

# Shorter words stand in too many texts to be looked for by; then another word of the value is.
_SHORTEST_KEYWORD = 3

_AT = r"@|\uff20|%(?:25)*40|&#64;|&#x40;|\\u0040"
# What ends a word in a URL or JSON: %3d51, \n51.
_BEGINS = r"(?:(?<![A-Za-z0-9])|(?<=%[0-9A-Fa-f]{2})|(?<=\\[nrtbf]))"
_ENDS = r"(?![A-Za-z0-9])"
_GAP = r"(?:%20|%2[cC]|\\[nrt]|[\W_]){1,4}"
_WORDS = re.compile(r"[^\W_]+")
_ESCAPES = re.compile(r"%[0-9a-fA-F]{2}|\\[nrtbf]")
_NUMBER = re.compile(r"\+?\d(?:(?:%20|[\s().\-/\u00a0]){0,3}\d){6,16}")

_HASHES = ("md5", "sha1", "sha256")


@dataclass(frozen=True)
class Value:
    """A value of a person and its pseudonym. Ids that are `is_cased` may differ in nothing but case from others."""

    kind: str
    plain: str
    pseudonym: str
    is_cased: bool = False


def spelled(value: str) -> set[str]:
    """The ways in which a value is written: plain, in URLs, JSON and HTML."""
    return {value, quote(value, safe=""), quote(value), json.dumps(value)[1:-1], html.escape(value)}


def hashes(values: Iterable[Value], salt: str) -> list[Value]:
    """The hashes of the values that anybody could work out, the one with the warehouse's salt included."""
    found = {}
    for value in values:
        if value.kind not in (EMAIL, ID, PHONE):
            continue
        for plain, new in {(value.plain, value.pseudonym), (value.plain.lower(), value.pseudonym.lower())}:
            for algorithm in _HASHES:
                digest = hashlib.new(algorithm, plain.encode()).hexdigest()
                found[digest] = hashlib.new(algorithm, new.encode()).hexdigest()
            if salt:
                found[salted(salt, plain)] = salted(salt, new)
    return [Value(HASH, old, new) for old, new in found.items()]


def salted(salt: str, value: str) -> str:
    """As the macro `salted_hash` does it."""
    return hashlib.sha256(f"{salt}|{value}".encode()).hexdigest()


@dataclass
class Texts:
    """Rewrites texts. `spellings` gathers how addresses, numbers and names were written, for their masks."""

    values: Sequence[Value]
    # Names that another person has as well, and single words of names: taken out of the person's own rows only.
    own: Sequence[Value] = ()
    spellings: dict[tuple[str, str], str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._rules = self._by_keyword(self.values)
        self._own_rules = self._by_keyword(self.own)
        self.phones = {value.plain: value.pseudonym for value in self.values if value.kind == PHONE}

    @property
    def keywords(self) -> set[str]:
        """Words of which each text with a value has one, folded."""
        return set(self._rules) | set(self._own_rules)

    def is_likely_in(self, text: str) -> bool:
        """Whether one of the values may stand in a long text; asked before its lines are."""
        words = words_of(text)
        return not words.isdisjoint(self._rules) or any(self._is_number(match) for match in _NUMBER.finditer(text))

    def rewritten(self, text: str, *, is_own: bool = False) -> str:
        """The text without the values; in an own text of the person, without names that others may have as well."""
        words = words_of(text)
        rules = {rule for word in words for rule in self._rules.get(word, ())}
        if is_own:
            rules |= {rule for word in words for rule in self._own_rules.get(word, ())}
        # The longer ones first: an address may be a part of an id.
        for value in sorted(rules, key=lambda value: (-len(value.plain), value.plain)):
            text = self._without(value, text)
        if self.phones:
            text = _NUMBER.sub(self._number, text)
        return text

    def _without(self, value: Value, text: str) -> str:
        if value.kind == NAME:
            return self._without_name(value, text)

        def replaced(match: re.Match[str]) -> str:
            new = value.pseudonym
            if value.kind == EMAIL:
                new = f"{value.pseudonym.rpartition('@')[0]}{match['at']}{match['domain']}"
                self.spellings[EMAIL, match[0]] = new
            return new

        return _pattern(value).sub(replaced, text)

    def _without_name(self, value: Value, text: str) -> str:
        # Folded letter by letter, so that places are the same.
        folded = text.lower() if text.isascii() else "".join(fold(letter)[:1] or letter for letter in text)
        pieces, written = [], 0
        for match in _pattern(value).finditer(folded):
            if _is_in_path(text[: match.start()]):
                continue
            self.spellings[NAME, text[match.start() : match.end()]] = value.pseudonym
            pieces += [text[written : match.start()], value.pseudonym]
            written = match.end()
        return "".join([*pieces, text[written:]])

    def _is_number(self, match: re.Match[str]) -> bool:
        return bool(self.phones) and _digits(match[0]) in self.phones

    def _number(self, match: re.Match[str]) -> str:
        new = self.phones.get(_digits(match[0]))
        if new is None:
            return match[0]
        self.spellings[PHONE, match[0]] = new
        return new

    @staticmethod
    def _by_keyword(values: Iterable[Value]) -> dict[str, list[Value]]:
        rules: dict[str, list[Value]] = {}
        for value in values:
            if value.kind != PHONE:
                rules.setdefault(keyword(value), []).append(value)
        return rules


def _digits(text: str) -> str:
    return re.sub(r"%20|\D", "", text).lstrip("0")


def keyword(value: Value) -> str:
    """The word by which a text with the value is found."""
    plain = fold(value.plain)
    if value.kind == ID and _WORDS.search(last := plain.rpartition(":")[2]):
        plain = last  # what it begins with, every id of its system does
    parts = plain.rpartition("@")[::2] if value.kind == EMAIL else (plain,)
    longest = [max(_WORDS.findall(part), key=len, default="") for part in parts]
    return next((word for word in longest if len(word) >= _SHORTEST_KEYWORD), longest[0] or longest[-1])


_PATTERNS: dict[Value, re.Pattern[str]] = {}


def _pattern(value: Value) -> re.Pattern[str]:
    if value not in _PATTERNS:
        make: Callable[[Value], re.Pattern[str]] = {EMAIL: _email_pattern, NAME: _name_pattern}.get(
            value.kind, _word_pattern
        )
        _PATTERNS[value] = make(value)
    return _PATTERNS[value]


def _email_pattern(value: Value) -> re.Pattern[str]:
    local, _, domain = value.plain.rpartition("@")
    written = "|".join(sorted(map(re.escape, spelled(local)), key=len, reverse=True))
    return re.compile(
        rf"(?:(?<![\w.+-])(?<!\w['\u2019])|(?<=%[0-9A-Fa-f]{{2}})|(?<=\\[nrtbf]))"
        rf"(?:{written})(?P<at>{_AT})(?P<domain>{re.escape(domain)})(?![\w-]|\.\w)",
        re.IGNORECASE,
    )


def _name_pattern(value: Value) -> re.Pattern[str]:
    words = _GAP.join(map(re.escape, value.plain.split()))
    # What an address of somebody else begins with is no name.
    ends = rf"(?![^\W\d_])(?![\w.+'-]*(?:{_AT}))"
    return re.compile(rf"(?:(?<![^\W_])|(?<=%[0-9A-Fa-f]{{2}})|(?<=\\[nrtbf])){words}{ends}", re.IGNORECASE)


def _is_in_path(before: str) -> bool:
    """Whether what follows is a part of a URL's path: pages are known by it, and may be called after anybody."""
    word = before.rsplit(None, 1)[-1] if before.split() else ""
    return ("://" in word or word.startswith("/")) and "?" not in word


def _word_pattern(value: Value) -> re.Pattern[str]:
    written = "|".join(sorted(map(re.escape, spelled(value.plain)), key=len, reverse=True))
    return re.compile(f"{_BEGINS}(?:{written}){_ENDS}", 0 if value.is_cased else re.IGNORECASE)


def words_of(text: str) -> set[str]:
    """The words of a text, folded; what a URL or JSON escapes ends a word."""
    return set(_WORDS.findall(fold(_ESCAPES.sub(" ", text))))


def write_lookups(
    connection: duckdb.DuckDBPyConnection, keywords: Collection[str], phones: Collection[str] = ()
) -> None:
    """The temporary tables by which `likely` finds texts."""
    for table, found in (("erasure_keywords", keywords), ("erasure_phones", phones)):
        connection.execute(f"create or replace temp table {table} (word varchar)")
        if found:
            connection.execute(f"insert into temp.{table} select unnest(?::varchar[])", [sorted(found)])


def likely(query: str) -> str:
    """SQL for the distinct rows of a query of `place` and `value` whose value may hold one of the person's."""
    return rf"""
        with texts as (select distinct place, value from ({query}) where value is not null and value <> ''),
        words as (
            select place, value, unnest(regexp_extract_all(
                lower(strip_accents(regexp_replace(value, '%[0-9a-fA-F]{{2}}|\\[nrtbf]', ' ', 'g'))), '[\pL\pN]+'
            )) as word
            from texts
        ),
        numbers as (
            select place, value, ltrim(regexp_replace(unnest(
                regexp_extract_all(value, '\+?\d(?:(?:%20|[\s().\-/\x{{A0}}]){{0,3}}\d){{6,16}}')
            ), '%20|\D', '', 'g'), '0') as word
            from texts
            where exists (from temp.erasure_phones)
        )
        select place, value from words where word in (from temp.erasure_keywords)
        union
        select place, value from numbers where word in (from temp.erasure_phones)
    """
