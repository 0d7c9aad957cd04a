"""One spelling: words that stand for nothing, white space of every kind, e-mail addresses, hosts, ids.

What lives here: pure rules, as SQL over a column and, for the rare value that SQL can't mend, in Python over distinct
values. What doesn't: which column needs which rule (casting.py), numbers and dates (formats.py).
"""

from __future__ import annotations

import re

import idna

from dagster_project.engine import literal

# What export tools write for a blank cell: `null` of the Salesforce CLI, `\N` of MySQL and Hive, `None` and `nan` of
# Python, `undefined` and `[object Object]` of browsers, `--` of ad reports, `#N/A` of spreadsheets. A bare `NA` is left
# out (Namibia, North America), so are `unknown`, which is an answer, and `(none)`, the medium of direct visits.
NULL_WORDS = (
    *(
        "null",
        "(null)",
        "<null>",
        "[null]",
        "{null}",
        "\\n",
        "none",
        "<none>",
        "nan",
        "nat",
        "<na>",
        "nil",
        "(not set)",
    ),
    *(
        "undefined",
        "(undefined)",
        "[object object]",
        "-",
        "--",
        "---",
        "\u2013",
        "\u2014",
        "n/a",
        "#n/a",
        "#null!",
        "#ref!",
    ),
    *("#value!", "#name?", "#div/0!", "''", '""'),
)
# In numbers, dates and flags two more can't be anything else.
_NULL_WORDS_OF_VALUES = (*NULL_WORDS, "na", "unknown", "?", "..")

_SHORT_BYTES = 8
_LONGEST_BYTES = max(len(word.encode()) for word in NULL_WORDS)

# Unicode's spaces, its zero-width and direction marks, the byte order mark, the soft hyphen, control characters.
_ODD = "\x00-\x20\x7f-\xa0\xad\u1680\u180e\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff"
_ODD_SQL = (
    r"[\x{00}-\x{20}\x{7f}-\x{a0}\x{ad}\x{1680}\x{180e}\x{2000}-\x{200f}\x{2028}-\x{202f}\x{205f}-\x{206f}"
    r"\x{3000}\x{feff}]"
)
_ENDS = re.compile(f"^[{_ODD}]+|[{_ODD}]+$")
_UNSEEN = re.compile("[\x00-\x1f\xad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]+")

# An address as nearly all of them are; anything else is looked at by `canonical_email`.
_PLAIN_EMAIL = (
    r"[a-z0-9!#$%&*+/=?^_{|}~-]+(\.[a-z0-9!#$%&*+/=?^_{|}~-]+)*@([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z0-9-]*[a-z0-9]"
)
_EMAIL_INSIDE = re.compile(r"<\s*([^<>\s]+@[^<>\s]+?)\s*>")
_AROUND = " \t.,;:<>()[]\"'`|/\\"
_HOST = re.compile(
    r"^(?P<before>(?:[A-Za-z][A-Za-z0-9+.-]*:)?(?://)?(?:[^/@?#]*@)?)(?P<host>[^/:?#]+)(?P<after>.*)$", re.S
)


def stripped(value: str) -> str:
    """SQL for a text without white space of any kind around it."""
    return f"regexp_replace({value}, '^{_ODD_SQL}+|{_ODD_SQL}+$', '', 'g')"


def has_odd_ends(value: str) -> str:
    """SQL condition: white space of any kind may stand around the text. Cheap, since it is asked of every cell."""
    ends = " or ".join(f"suffix({value}, {end})" for end in ("' '", "chr(9)", "chr(10)", "chr(13)"))
    # Only a case keeps the pattern away from the many texts that need none.
    wide = f"regexp_matches({value}, '^{_ODD_SQL}|{_ODD_SQL}$')"
    return (
        f"(case when {value} < '!' or {ends} then true when strlen({value}) <> length({value}) then {wide} "
        "else false end)"
    )


def is_null_word(value: str) -> str:
    """SQL condition: the text (without white space around it) stands for nothing. Lengths first: they cost least."""
    short = ", ".join(literal(word) for word in NULL_WORDS if len(word.encode()) <= _SHORT_BYTES)
    long = ", ".join(literal(word) for word in NULL_WORDS if len(word.encode()) > _SHORT_BYTES)
    zeros = f"regexp_full_match({value}, '[0-]{{15,}}(AAA)?')"
    return (
        f"(case when strlen({value}) <= {_SHORT_BYTES} then lower({value}) in ({short}) "
        f"when {value} < '000000000000000B' and strlen({value}) >= 15 then {zeros} "
        f"when strlen({value}) <= {_LONGEST_BYTES} then lower({value}) in ({long}) else false end)"
    )


def is_zero(value: str) -> str:
    """SQL condition: an id of nothing but zeros, or the -1 of a failed look-up; no system numbers a record so."""
    return f"(case when {value} < '1' and strlen({value}) < 15 then regexp_full_match({value}, '0+|-1') else false end)"


def is_no_value(value: str) -> str:
    """SQL condition for a cell of numbers, dates or flags (without white space around it): nothing stands there."""
    return f"lower({value}) in ({', '.join(literal(word) for word in _NULL_WORDS_OF_VALUES)})"


def without_armour(value: str) -> str:
    """SQL for an id without what spreadsheets wrap around it: `="007"`, `'007`."""
    return (
        f"case when {value} < 'A' and ({value}[1] = '=' or {value}[1] = '''' or {value}[1] = '\"') "
        f"then regexp_replace({value}, '^=?[\"'']+|[\"'']+$', '', 'g') else {value} end"
    )


def ad_id(value: str) -> str:
    """SQL for the id of an ad account or campaign in one spelling.

    `123-456-7890` and `act_1234567890` are 1234567890, `77.0` is 77, and of a resource name the last part counts
    (`customers/1/campaigns/77`, `urn:li:sponsoredCampaign:77`).
    """
    last = f"regexp_replace({value}, '^.*[:/](\\d+)$', '\\1')"
    bare = f"regexp_replace(regexp_replace({last}, '^act_', ''), '^(\\d+)\\.0+$', '\\1')"
    dashed = f"regexp_full_match({bare}, '\\d{{3}}-\\d{{3}}-\\d{{4}}')"
    return f"case when {dashed} then replace({bare}, '-', '') else {bare} end"


def lost_its_digits(value: str) -> str:
    """SQL condition: a spreadsheet has rounded the id to `1.23457E+11`."""
    return f"regexp_full_match({value}, '\\d([.,]\\d+)?[eE]\\+?\\d+')"


def is_plain_email(value: str) -> str:
    """SQL condition: the folded address is in its one spelling already."""
    return f"regexp_full_match({value}, {literal(_PLAIN_EMAIL)})"


def canonical_email(text: str) -> str:
    """An address in its one spelling; a text that holds no address, or several, only loses what stands around it.

    >>> canonical_email("Ann Lee <Ann.Lee@MÜLLER.de>; ")
    'ann.lee@xn--mller-kva.de'
    """
    cleaned = _ENDS.sub("", text).lower()
    if inside := _EMAIL_INSIDE.search(cleaned):
        cleaned = inside.group(1)
    cleaned = cleaned.strip(_AROUND).removeprefix("mailto:")
    cleaned = cleaned.split("?")[0] if "@" in cleaned.split("?")[0] else cleaned
    cleaned = _ENDS.sub("", cleaned.strip(_AROUND))
    if cleaned.count("@") != 1:
        return cleaned
    mailbox, _, host = _UNSEEN.sub("", cleaned).partition("@")
    return f"{mailbox}@{canonical_host(host)}"


def canonical_host(host: str) -> str:
    """A host in lower case and in the ASCII form that name servers use: `müller.de` → `xn--mller-kva.de`."""
    folded = host.lower().strip(".")
    try:
        return idna.encode(folded, uts46=True).decode("ascii") if not folded.isascii() else folded
    except idna.IDNAError:
        return folded


def canonical_address(text: str) -> str:
    """A website or URL without white space and stray punctuation around it and with its host in ASCII."""
    cleaned = _ENDS.sub("", text).strip("<>\"'").rstrip(",;.")
    found = _HOST.match(cleaned)
    if not found or found["host"].isascii():
        return cleaned
    return found["before"] + canonical_host(found["host"]) + found["after"]
