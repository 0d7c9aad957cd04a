"""DuckDB's numbers and texts in Spark's words, for every statement that dbt sends.

The models are written so that both engines read them alike; dispatched macros have what they name differently. Here is
what they do differently without naming it, where a model's author would have to think of Spark at every division:

- A division is one of doubles, whatever is divided. Spark divides decimals as decimals, of fewer digits.
- A double becomes a decimal, or is rounded, by its product: 322.275 * 100 is 32227.499…, so 322.27. Spark rounds what
  it would print, and gives 322.28.
- A sign is a whole number. Spark's is a double, which makes one of the amount that it is multiplied with.
- `trim(text, marks)` takes marks off text, and `trim(text)` every space of Unicode, a no-break space too. Spark takes
  the two arguments the other way round, and of one argument takes off the plain space alone.
- Two apostrophes in a text are one. Where a backslash is a backslash, Spark leaves both.
"""

from __future__ import annotations

import re

# Texts, quoted names and comments, inside which nothing is looked for.
_QUOTED = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|`[^`]*`|--[^\n]*|/\*.*?\*/", re.DOTALL)
_MARK = re.compile("\x00(\\d+)\x00")

_CALL = re.compile(r"\b(cast|round|sign|trim|ltrim|rtrim)\s*\(", re.IGNORECASE)
_TO_DECIMAL = re.compile(r"(.*)\s+as\s+decimal\s*\(\s*(\d+)\s*,\s*(\d+)\s*\)\s*", re.IGNORECASE | re.DOTALL)
_SIDES = {"trim": "both", "ltrim": "leading", "rtrim": "trailing"}
_HAS_SIDE = re.compile(r"\s*(both|leading|trailing)\s", re.IGNORECASE)
# Unicode's space separators (Zs), which DuckDB's trim takes off: no tab and no new line.
_SPACES = "".join(map(chr, (0x20, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000)))
_TO_PLACES = re.compile(r"(.*),\s*(\d+)\s*", re.DOTALL)


def in_spark(statement: str) -> str:
    """The statement as Spark understands what DuckDB would."""
    quoted: list[str] = []

    def put_away(match: re.Match[str]) -> str:
        quoted.append(_text(match.group()))
        return f"\x00{len(quoted) - 1}\x00"

    bare = _QUOTED.sub(put_away, statement)
    # The first division's result is a double, which makes one of the second.
    bare = bare.replace("/", "/ 1D /")
    # From the end, so that what stands inside another is done first.
    for call in reversed(list(_CALL.finditer(bare))):
        end = _closing(bare, call.end())
        bare = bare[: call.start()] + _call(call.group(1).lower(), bare[call.end() : end]) + bare[end + 1 :]
    return _MARK.sub(lambda match: quoted[int(match.group(1))], bare)


def _text(quoted: str) -> str:
    """A text with an apostrophe in it, put together of parts without one."""
    if not quoted.startswith("'") or "''" not in quoted[1:-1]:
        return quoted
    parts = quoted[1:-1].split("''")
    return "concat(" + ", chr(39), ".join(f"'{part}'" for part in parts) + ")"


def _closing(text: str, start: int) -> int:
    """Where the parenthesis closes that was opened before `start`."""
    depth = 1
    for place in range(start, len(text)):
        depth += {"(": 1, ")": -1}.get(text[place], 0)
        if depth == 0:
            return place
    raise ValueError(f"a parenthesis isn't closed: {text[max(start - 40, 0) : start + 80]}")


def _call(function: str, inside: str) -> str:
    # A whole number is the same by either way.
    if function == "cast" and (found := _TO_DECIMAL.fullmatch(inside)) and int(found[3]):
        value, precision, scale = found[1].strip(), int(found[2]), int(found[3])
        factor = value if value.isidentifier() else f"({value})"
        whole = f"cast(round({factor} * {10**scale}D) as decimal({37 - scale}, 0))"
        units = f"{whole} * cast('{10**-scale:.{scale}f}' as decimal({scale}, {scale}))"
        return (
            f"if(typeof({value}) = 'double', cast({units} as decimal({precision}, {scale})), "
            f"cast({value} as decimal({precision}, {scale})))"
        )
    if function == "round" and (found := _TO_PLACES.fullmatch(inside)) and _is_balanced(found[1]):
        value, factor = found[1].strip(), f"{10 ** int(found[2])}D"
        return f"if(typeof({value}) = 'double', round(({value}) * {factor}) / {factor}, round({inside}))"
    if function == "sign":
        return f"case when ({inside}) < 0 then -1 when ({inside}) > 0 then 1 when ({inside}) = 0 then 0 end"
    if function in _SIDES and not _HAS_SIDE.match(inside):
        text, *marks = (argument.strip() for argument in _arguments(inside))
        taken_off = marks[0] if marks else f"'{_SPACES}'"
        return f"trim({_SIDES[function]} {taken_off} from {text})"
    return f"{function}({inside})"


def _arguments(inside: str) -> list[str]:
    """What stands between the commas of a call, without those of calls and lists inside it."""
    found, depth = [""], 0
    for letter in inside:
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(letter, 0)
        if letter == "," and depth == 0:
            found.append("")
        else:
            found[-1] += letter
    return found


def _is_balanced(text: str) -> bool:
    return text.count("(") == text.count(")")
