"""What is sent: a digest as the review wrote it, or why a night failed.

What lives here: subjects and texts, and which digest is due. What doesn't: a digest's content (review/) and sending.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from dagster_project.publish.masking import Masker

# More would fill a screen; the data docs have all.
_SHOWN_CHECKS = 10
_LONGEST_REASON = 400


@dataclass(frozen=True)
class Message:
    """A message. `key` and `edition` tell whether it was sent before: a digest once for each period."""

    key: str
    edition: str
    subject: str
    text: str
    html: str | None = None


@dataclass(frozen=True)
class BrokenPromise:
    """A blocking check that did not hold. It quotes no data."""

    table: str
    name: str
    promise: str = ""
    rows: int | None = None

    @property
    def line(self) -> str:
        """The check in a line."""
        broken = "" if self.rows is None else f" ({self.rows:,} {'row breaks' if self.rows == 1 else 'rows break'} it)"
        return f"{self.table}.{self.name}{': ' if self.promise else ''}{self.promise}{broken}"


@dataclass(frozen=True)
class Failure:
    """A night that failed: at which step, stopped by which checks, and for which other reasons."""

    run_id: str
    as_of: datetime
    step: str
    broken: Sequence[BrokenPromise] = ()
    reasons: Sequence[str] = ()
    is_published: bool = False


def editions(as_of: datetime, timezone: str) -> dict[str, str]:
    """The last whole week and month at AS_OF in the company's timezone, by the name of their digest."""
    # AS_OF of a date is its last microsecond: the day is over.
    today = (as_of.astimezone(UTC) + timedelta(microseconds=1)).astimezone(ZoneInfo(timezone)).date()
    year, week, _ = (today - timedelta(days=7)).isocalendar()
    month_before = date(today.year, today.month, 1) - timedelta(days=1)
    return {"digest-week": f"{year}-W{week:02}", "digest-month": f"{month_before:%Y-%m}"}


def digests(folder: Path, as_of: datetime, timezone: str, newer_than: float) -> list[Message]:
    """The digests of the last whole week and month that were written in this night (at or after a file's time)."""
    found = []
    for name, edition in editions(as_of, timezone).items():
        files = {kind: folder / f"{name}.{kind}" for kind in ("md", "html")}
        there = {
            kind: file.read_text(encoding="utf-8")
            for kind, file in files.items()
            if file.is_file() and file.stat().st_mtime >= newer_than
        }
        if there:
            word = "week" if name.endswith("week") else "month"
            text = there.get("md") or _text_of(there["html"])
            found.append(Message(name, edition, f"Throughline: {word} {edition}", text, there.get("html")))
    return found


def failure_message(failure: Failure, docs_url: str, published_as_of: datetime | None) -> Message:
    """What a person needs at seven in the morning: what stopped the night, what readers have, where to look."""
    stopped = [promise.line for promise in failure.broken]
    reasons = [_unquoted(reason) for reason in failure.reasons]
    first = f": {failure.broken[0].table}.{failure.broken[0].name}" if failure.broken else ""
    readers = "nothing has been published yet"
    if published_as_of is not None:
        which = "this night's file" if failure.is_published else "the file of an earlier night"
        readers = f"{which}, as of {published_as_of:%Y-%m-%d %H:%M} UTC"
    lines = [
        f"The night as of {failure.as_of:%Y-%m-%d %H:%M} UTC failed at: {failure.step}.",
        *_listed("Stopped by", stopped),
        *_listed("Reason", reasons),
        "",
        f"What readers have: {readers}.",
        f"Every check with the rows that break it: {docs_url}",
        f"Run: {failure.run_id}",
    ]
    subject = f"Throughline: the night of {failure.as_of:%Y-%m-%d} failed at {failure.step}{first}"
    return Message("failure", failure.run_id, " ".join(subject.split()), "\n".join(lines))


def _listed(title: str, lines: Sequence[str]) -> list[str]:
    if not lines:
        return []
    more = [f"- and {len(lines) - _SHOWN_CHECKS} more"] if len(lines) > _SHOWN_CHECKS else []
    return ["", title, *(f"- {line}" for line in lines[:_SHOWN_CHECKS]), *more]


def _unquoted(reason: str) -> str:
    """A reason without the values that errors quote, which may be anybody's data."""
    line = " ".join(reason.split())
    line = re.sub(r"'[^']*'", "'…'", Masker("").masked(line))
    return line if len(line) <= _LONGEST_REASON else line[:_LONGEST_REASON] + "…"


def _text_of(html: str) -> str:
    """A page as plain text, for those who read no HTML, when the digest has no text of its own."""
    body = re.sub(r"(?is)<(script|style|head)\b.*?</\1>", "", html)
    body = re.sub(r"(?i)<(br|/p|/tr|/h\d|/li|/div)\b[^>]*>", "\n", body)
    body = re.sub(r"<[^>]+>", " ", body)
    for entity, character in (("&lt;", "<"), ("&gt;", ">"), ("&nbsp;", " "), ("&amp;", "&")):
        body = body.replace(entity, character)
    lines = [" ".join(line.split()) for line in body.splitlines()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
