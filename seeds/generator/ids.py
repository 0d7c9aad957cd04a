"""Identifiers that look like the systems' own: Salesforce's 18 characters and web ids in hexadecimal.

What an id stands for is not known here.
"""

from __future__ import annotations

import numpy as np

_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_CHECKSUM = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"

# Salesforce's key prefixes: an id tells its object by its first three characters.
PREFIXES = {
    "Account": "001",
    "Campaign": "701",
    "CampaignMember": "00v",
    "Contact": "003",
    "CurrencyType": "01L",
    "DatedConversionRate": "04w",
    "Event": "00U",
    "Lead": "00Q",
    "LeadHistory": "017",
    "Opportunity": "006",
    "OpportunityContactRole": "00K",
    "OpportunityFieldHistory": "017",
    "OpportunityHistory": "008",
    "Profile": "00e",
    "Task": "00T",
    "User": "005",
    "UserRole": "00E",
}


def checksum(short: str) -> str:
    """The three characters that make a case-sensitive 15-character id safe to compare without case."""
    return "".join(
        _CHECKSUM[sum(1 << bit for bit, letter in enumerate(short[start : start + 5]) if "A" <= letter <= "Z")]
        for start in (0, 5, 10)
    )


def salesforce_id(prefix: str, number: int) -> str:
    """The 18-character id of the record with this number."""
    digits = ""
    for _ in range(10):
        number, rest = divmod(number, 62)
        digits = _BASE62[rest] + digits
    short = f"{prefix}5g{digits}"
    return short + checksum(short)


class IdMaker:
    """Hands out ids per object, in order; neighbours differ in one letter, sometimes only in its case."""

    def __init__(self, seed: int) -> None:
        """Companies with different seeds get different ids."""
        self._offset = 62**4 * (seed % 5_000 + 1)
        self._next: dict[str, int] = {}

    def __call__(self, name: str) -> str:
        """The next id of an object such as `Lead`."""
        number = self._next.get(name, 0)
        self._next[name] = number + 1
        # LeadHistory and OpportunityFieldHistory share a prefix in Salesforce: keep their numbers apart.
        apart = 62**6 if name == "OpportunityFieldHistory" else 0
        return salesforce_id(PREFIXES[name], self._offset + apart + number)


_HEX = np.array([list(f"{value:02x}".encode()) for value in range(256)], dtype=np.uint8)


def hex_ids(rng: np.random.Generator, count: int, octets: int = 12) -> np.ndarray:
    """`count` random ids of `octets` octets in hexadecimal, as fixed-width bytes."""
    raw = rng.integers(0, 256, size=(count, octets), dtype=np.uint8)
    return _HEX[raw].reshape(count, octets * 2).view(f"S{octets * 2}").ravel()


def uuids(rng: np.random.Generator, count: int) -> np.ndarray:
    """`count` random ids in the form of a version 4 UUID, as fixed-width bytes."""
    digits = hex_ids(rng, count, 16).view(np.uint8).reshape(count, 32)
    out = np.full((count, 36), ord("-"), dtype=np.uint8)
    for source, target, width in ((0, 0, 8), (8, 9, 4), (12, 14, 4), (16, 19, 4), (20, 24, 12)):
        out[:, target : target + width] = digits[:, source : source + width]
    out[:, 14] = ord("4")
    return out.view("S36").ravel()
