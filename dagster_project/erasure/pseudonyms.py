"""What stands for a forgotten person's values, and how they are known when they are delivered again.

What lives here: the key, the hash that remembers a value without telling it, and making pseudonyms. What doesn't: where
they are put (tables.py, files.py, door.py).

A pseudonym is chance: nothing leads from it to the value. It keeps what rules read of the value: the domain of an
address, the place of a record's id among the others, since ids decide between records of one moment.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import string
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path

from dagster_project.erasure.texts import EMAIL, ID, Value
from dagster_project.permissions import kept_secret

KEY_FILE = "erasure_key"

# Of chance: enough that two of ten million pseudonyms don't meet.
_LETTERS = string.ascii_lowercase + string.digits
_CHANCE, _FEWEST_OF_AN_ID = 12, 10
_ID_LETTERS = string.digits + string.ascii_uppercase + string.ascii_lowercase
# The minus comes before all of them, for ids between one and its own beginning.
_STEM_LETTERS = "-" + _ID_LETTERS
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_SALESFORCE_ID = re.compile(r"[a-zA-Z0-9]{15}([A-Z0-5]{3})?")
_SUFFIX_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"

# What the pseudonym of an address or a name begins with.
MARK = "erased"


class LostKey(RuntimeError):
    """The key isn't there or isn't one; the message is one line: what, where, what was expected, how to mend it."""


def kept_key(warehouse_dir: Path, *, is_used: bool = False) -> bytes:
    """The warehouse's key of erasures: random, made with the first one, readable by its owner alone.

    Raises LostKey where it is damaged, or gone although it `is_used`: with another one nobody who was forgotten before
    would be known.
    """
    file = warehouse_dir / KEY_FILE
    content = file.read_bytes().strip() if file.exists() else b""
    if re.fullmatch(rb"[0-9a-f]{64}", content):
        return bytes.fromhex(content.decode())
    if not content and not is_used:
        return bytes.fromhex(kept_secret(warehouse_dir, KEY_FILE))
    raise LostKey(
        f"{file} is {('damaged' if content else 'blank') if file.exists() else 'missing'}; expected the key by which "
        "forgotten people are known when they are delivered again, 64 hexadecimal digits; put it back from the copy "
        "that was kept with the warehouse"
    )


def normal(value: str) -> str:
    """The form in which a value is remembered: addresses and ids are the same in any case, a short Salesforce id is its
    long form."""
    return long_id(value.strip()).lower()


def keyed_hash(key: bytes, value: str) -> str:
    """What remembers a value; without the key nobody can try a list of addresses on it."""
    return hmac.new(key, normal(value).encode(), "sha256").hexdigest()


def pads(key: bytes) -> tuple[bytes, bytes]:
    """The two constants by which SQL works out the same hash: inner and outer."""
    block = key.ljust(64, b"\0") if len(key) <= 64 else hashlib.sha256(key).digest().ljust(64, b"\0")
    return bytes(byte ^ 0x36 for byte in block), bytes(byte ^ 0x5C for byte in block)


def long_id(value: str) -> str:
    """A Salesforce id in its 18-character form: the suffix says which of the 15 letters are capitals."""
    if len(value) != 15 or not _SALESFORCE_ID.fullmatch(value):
        return value
    suffix = "".join(
        _SUFFIX_LETTERS[sum(2**bit for bit in range(5) if value[start + bit].isupper())] for start in (0, 5, 10)
    )
    return value + suffix


def is_long_id(value: str) -> bool:
    """Whether a text is a Salesforce id in its 18-character form."""
    return len(value) == 18 and bool(_SALESFORCE_ID.fullmatch(value)) and long_id(value[:15]) == value


def chance(length: int = _CHANCE, letters: str = _LETTERS) -> str:
    return "".join(secrets.choice(letters) for _ in range(length))


def for_email(email: str) -> Value:
    """An address of the same domain, by which companies are matched."""
    return Value(EMAIL, email, f"{MARK}-{chance()}@{email.rpartition('@')[2]}")


def for_key(value: str) -> Value:
    """A browser's or a user's id."""
    if _UUID.fullmatch(value):
        digits = chance(32, "0123456789abcdef")
        new = "-".join(digits[start:end] for start, end in ((0, 8), (8, 12), (12, 16), (16, 20), (20, 32)))
    else:
        new = chance(max(len(value), 2 * _CHANCE))
    return Value(ID, value, new)


def for_name(surname: str) -> str:
    """One word, so that who shared a surname goes on sharing it."""
    return f"{MARK}{chance()}"


def with_another_end(pseudonym: str) -> str:
    """Another pseudonym of a record's id at the same place: its last letters decide nothing."""
    letters = _FEWEST_OF_AN_ID - 4
    return pseudonym[:-letters] + chance(letters, _ID_LETTERS)


def for_records(erased: Iterable[str], known: Iterable[str]) -> dict[str, str]:
    """A pseudonym for each id of a record, at its place among all `known` ids of records.

    Rules break ties by id: were the order another, cents would move.
    """
    wanted = sorted(set(erased))
    others = sorted(set(known) - set(wanted))
    runs = [
        (place, list(run))
        for (place, _), run in groupby(wanted, lambda value: (bisect_left(others, value), _prefix(value)))
    ]
    found: dict[str, str] = {}
    before = ""
    for number, (place, run) in enumerate(runs):
        # Another system's ids may stand in the same place.
        before = max(before, others[place - 1] if place else "")
        behind = others[place] if place < len(others) else None
        if number + 1 < len(runs) and runs[number + 1][0] == place:
            behind = runs[number + 1][1][0]
        stem = _stem(before, behind, run)
        length = max(_FEWEST_OF_AN_ID, max(map(len, run)) - len(stem))
        # A text of 15 letters and digits would be taken for the short form of a Salesforce id.
        last = stem[stem.rfind(":") + 1 :]
        length += len(last) + length == 15
        tails: set[str] = set()
        while len(tails) < len(run):
            tail = chance(length, _ID_LETTERS)
            if not any((stem + tail).startswith(value) and not stem.startswith(value) for value in run):
                tails.add(tail)
        found.update({value: stem + tail for value, tail in zip(run, sorted(tails), strict=True)})
        before = found[run[-1]]
    return found


def _stem(before: str, behind: str | None, run: Sequence[str]) -> str:
    """The shortest beginning between two ids that tells none of the run between them: whatever follows it lies there.

    It keeps what an id says of its system and object.
    """
    prefix = _prefix(run[0])

    def fits(stem: str) -> bool:
        is_between = stem >= before and (behind is None or (stem < behind and not behind.startswith(stem)))
        return is_between and not any(
            value.startswith(stem) and len(stem) > len(prefix) and len(stem) + 3 >= len(value) for value in run
        )

    for length in range(len(prefix), max(len(prefix), len(before), len(behind or "")) + 2):
        begun = {text[:length] for text in (before, behind or "", prefix) if text.startswith(prefix)}
        for stem in (one for one in sorted(begun) if len(one) == length):
            if fitting := [one for one in (stem, *map(stem.__add__, _STEM_LETTERS)) if fits(one)]:
                return fitting[0]
    raise AssertionError(f"no text lies between {before!r} and {behind!r}")


def _prefix(value: str) -> str:
    """What a record's id says of its system and object."""
    if ":" in value:
        return value[: value.rindex(":") + 1]
    return value[:3] if _SALESFORCE_ID.fullmatch(value) else ""
