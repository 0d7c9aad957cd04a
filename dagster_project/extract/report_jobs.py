"""Reports that are ordered, waited for and fetched as a zipped CSV file.

What lives here: the order, the waiting and the file. What doesn't: what is reported.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from dagster_project.extract import rest
from dagster_project.extract.declared import Connection
from dagster_project.extract.errors import PullError
from dagster_project.extract.session import PoliteSession

_SUBMIT, _POLL = "Reporting/v13/GenerateReport/Submit", "Reporting/v13/GenerateReport/Poll"
# A report takes seconds to minutes; an hour means that it will not come.
POLLS, SECONDS_BETWEEN = 360, 10.0
_PAGE_ROWS = 10_000


def rows(
    connection: Connection, order: Callable[[], dict[str, Any]], columns: Sequence[str]
) -> Iterator[list[dict[str, str]]]:
    """The report's rows. Raises PullError when it isn't made, or hasn't the columns."""
    where = f"{connection.source}: report"
    job = _post(connection, _SUBMIT, order())["ReportRequestId"]
    for _ in range(POLLS):
        status = _post(connection, _POLL, {"ReportRequestId": job})["ReportRequestStatus"]
        if status["Status"] == "Success":
            break
        if status["Status"] == "Error":
            told = f"{where}: the API could not make it; expected it within minutes; run again later"
            raise PullError(told, passing=True)
        connection.session.wait(SECONDS_BETWEEN)
    else:
        raise PullError(f"{where}: isn't made after {POLLS * SECONDS_BETWEEN / 60:.0f} minutes; run again later")
    # A report without a row has no file.
    if not status.get("ReportDownloadUrl"):
        return
    lines = csv.reader(io.StringIO(_text(connection, status["ReportDownloadUrl"], where)))
    header = next(lines, [])
    if missing := sorted(set(columns) - set(header)):
        raise PullError(f"{where}: lacks {', '.join(missing)}; expected the columns that were ordered; report it")
    page: list[dict[str, str]] = []
    for line in lines:
        if len(line) != len(header):
            raise PullError(f"{where}: a row has {len(line)} of {len(header)} values; run again", passing=True)
        page.append(dict(zip(header, line, strict=True)))
        if len(page) == _PAGE_ROWS:
            yield page
            page = []
    yield page


def _post(connection: Connection, path: str, body: dict[str, Any]) -> dict[str, Any]:
    ((answer,),) = list(
        rest.pages(connection, path, method="POST", json=body, data_selector="$", headers=rest.REPEATABLE)
    )
    return answer


def _text(connection: Connection, url: str, where: str) -> str:
    """The file, from an address that is its own key: no token is sent there."""
    files = PoliteSession(connection.source, {url}, sleep=connection.session.wait, reads_json=False)
    content = files.get(url).content
    connection.session.requests_sent += files.requests_sent
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            (name,) = archive.namelist()
            return archive.read(name).decode("utf-8-sig")
    except (zipfile.BadZipFile, ValueError, EOFError) as error:
        raise PullError(f"{where}: its file can't be read ({type(error).__name__}); run again", passing=True) from None
