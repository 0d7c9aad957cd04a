"""Rows as compact columns in script files, which a page opened from a folder may load where it may not fetch JSON.

What lives here: the form of the data. What doesn't: which data. `static/review.js` reads the form back (`rowsOf`).
"""

from __future__ import annotations

import base64
import datetime as dt
import gzip
import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

# JavaScript counts whole numbers exactly up to here. Money beyond it, in cents, would be ninety trillion.
_EXACT = 2**53


def encoded(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> dict[str, Any]:
    """The rows by column. Repeated texts are numbers of a list; money is whole cents; dates are ISO texts."""
    columns = {name: _column([row[number] for row in rows]) for number, name in enumerate(names)}
    return {"rows": len(rows), "columns": columns}


def _column(values: list[Any]) -> dict[str, Any]:
    kind = next((type(value) for value in values if value is not None), type(None))
    if kind is list:
        words = sorted({word for value in values if value for word in value if word is not None})
        number = {word: place for place, word in enumerate(words)}
        lists = [sorted(number[word] for word in value if word is not None) if value else [] for value in values]
        return {"words": words, "lists": lists}
    if kind is Decimal:
        places = max((-int(value.as_tuple().exponent) for value in values if value is not None), default=0)
        return {
            "places": places,
            "values": [None if value is None else _exact(int(value.scaleb(places))) for value in values],
        }
    if kind in {str, dt.date, dt.datetime}:
        texts = [None if value is None else plain(value) for value in values]
        words = sorted({text for text in texts if text is not None})
        if len(words) * 2 <= len(texts):
            number = {word: place for place, word in enumerate(words)}
            return {"words": words, "values": [None if text is None else number[text] for text in texts]}
        return {"values": texts}
    return {"values": values}


def _exact(number: int) -> int | str:
    return number if abs(number) < _EXACT else str(number)


def plain(value: Any) -> Any:
    """A value as the page's script has it: dates and timestamps as ISO text, decimals as text with all their places."""
    if isinstance(value, dt.datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    return value


def script_json(value: Any) -> str:
    """JSON that may stand in a script, in a file or in a page: no text in it ends the script or opens a tag."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=plain)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def packed(value: Any) -> str:
    """The value as compressed text: what is long and seldom looked at. The same value gives the same text."""
    return base64.b64encode(gzip.compress(script_json(value).encode(), compresslevel=6, mtime=0)).decode("ascii")
