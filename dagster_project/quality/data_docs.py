"""The data docs: Great Expectations' pages made readable without the internet, and an index of the latest results.

Great Expectations' pages fetch their layout from public servers and draw their index with it: on a closed network they
are bare and the index is empty. So every page gets the stylesheet and the few lines of script beside this module
instead, and the index is a plain page of our own. A table keeps the pages of its latest check; the history is
`audit.check_results`.
"""

from __future__ import annotations

import html
import json
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb

_FETCHED = re.compile(
    r"<link\b[^>]*https?://[^>]*>|<script\b[^>]*\bsrc=\"https?://[^>]*>\s*</script>|<img\b[^>]*\"https?://[^>]*>"
    r"|<footer>.*?</footer>|background: url\('https?://[^']*'\)[^;]*;",
    re.DOTALL,
)
_TITLE = re.compile(r"<title>.*?</title>", re.DOTALL)
_INTRODUCTION = re.compile(r"<h4>Expectation (Validation Result|Suite)</h4>\s*<p class=\"lead\">.*?</p>", re.DOTALL)
_BRAND = re.compile(r"(<div class=\"float-left navbar-brand[^>]*>\s*<a [^>]*>)\s*(</a>)")

_FOLDER = Path(__file__).parent
STYLE = (_FOLDER / "data_docs.css").read_text(encoding="utf-8")
SCRIPT = (_FOLDER / "data_docs.js").read_text(encoding="utf-8")


@contextmanager
def fresh_pages(docs_dir: Path, tables: Sequence[str]) -> Iterator[Path]:
    """The folder for Great Expectations' pages of these tables; afterwards the pages are readable offline."""
    docs_dir.mkdir(parents=True, exist_ok=True)
    folders = [docs_dir / "validations" / Path(*table.split(".")) for table in tables]
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
    yield docs_dir
    suites = [docs_dir / "expectations" / Path(*table.split(".")).with_suffix(".html") for table in tables]
    for page in [*suites, *(page for folder in folders for page in folder.rglob("*.html"))]:
        if page.exists():
            page.write_text(
                offline(page.read_text(encoding="utf-8"), title=_table_of(page, docs_dir)), encoding="utf-8"
            )


def _table_of(page: Path, docs_dir: Path) -> str:
    kind, schema, name = page.relative_to(docs_dir).with_suffix("").parts[:3]
    return f"{schema}.{name}: {'promises' if kind == 'expectations' else 'result'}"


def offline(page: str, title: str) -> str:
    """The page without anything that a browser would fetch from elsewhere, in our own style."""
    page = _FETCHED.sub("", page)
    page = _TITLE.sub("", page).replace("<head>", f"<head><title>{html.escape(title)}</title>", 1)
    page = _BRAND.sub(r"\1Data docs\2", page)
    page = _INTRODUCTION.sub("", page)
    page = page.replace("</head>", f"<style>{STYLE}</style></head>", 1)
    return page.replace("</body>", f"<script>{SCRIPT}</script></body>", 1)


def write_index(docs_dir: Path, connection: duckdb.DuckDBPyConnection) -> Path:
    """Write `index.html`: every guarded table with its latest result, what is broken in words first."""
    rows = connection.execute(
        """
        with latest as (
            select * from audit.check_results
            qualify check_number = max(check_number) over (partition by table_name)
        )
        select table_name, layer, expectation, promise, severity, status, checked_rows, unexpected_count, message,
            sample_rows::varchar as sample_rows,
            strftime(checked_at, '%Y-%m-%d %H:%M:%S') as checked_at,
            strftime(as_of, '%Y-%m-%d %H:%M:%S') as as_of,
            data_docs_page
        from latest
        order by
            case when layer = 'raw' then 1 when layer = 'staging' then 2 when layer = 'intermediate' then 3 else 4 end,
            table_name, expectation
        """
    )
    names = [column[0] for column in rows.description]
    results = [dict(zip(names, row, strict=True)) for row in rows.fetchall()]
    index = docs_dir / "index.html"
    docs_dir.mkdir(parents=True, exist_ok=True)
    index.write_text(index_page(results), encoding="utf-8")
    return index


def index_page(results: Sequence[dict]) -> str:
    """The index as HTML, from the latest results."""
    broken = [r for r in results if r["status"] != "passed"]
    broken.sort(key=lambda r: (r["severity"] != "blocking", r["table_name"], r["expectation"]))
    tables: dict[str, list[dict]] = {}
    for result in results:
        tables.setdefault(result["table_name"], []).append(result)
    as_of = max((r["as_of"] for r in results), default="never")
    blocking = sum(r["severity"] == "blocking" for r in broken)
    summary = (
        f"Promises: {len(results)} about {len(tables)} guarded tables. {len(results) - len(broken)} hold; "
        f"{blocking} blocking and {len(broken) - blocking} warning ones don't."
    )
    return f"""<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Data docs</title><style>{STYLE}</style></head>
<body><main>
<h1>Data docs</h1>
<p>{summary} As of {html.escape(str(as_of))} UTC.
The history of every promise is the table <code>audit.check_results</code>.</p>
{_broken_table(broken)}
<h2>Guarded tables</h2>
<div class="scroll"><table>
<thead><tr>
<th>table</th><th>result</th><th class="number">promises</th><th class="number">rows</th><th>checked (UTC)</th>
</tr></thead>
<tbody>
{"".join(_table_row(table, rows) for table, rows in tables.items())}</tbody></table></div>
</main></body></html>
"""


def _broken_table(broken: Sequence[dict]) -> str:
    if not broken:
        return '<p class="passed">Every promise holds.</p>'
    rows = "".join(
        f"<tr><td>{_linked(r)}</td>"
        f'<td class="{"failed" if r["severity"] == "blocking" else "warned"}">{html.escape(r["severity"])}</td>'
        f"<td>{html.escape(r['promise'])}</td><td>{html.escape(_found(r))}{_samples(r)}</td></tr>\n"
        for r in broken
    )
    return f"""<h2>Promises that don't hold</h2>
<div class="scroll"><table>
<thead><tr><th>table</th><th>severity</th><th>promise</th><th>found</th></tr></thead>
<tbody>
{rows}</tbody></table></div>"""


def _found(result: dict) -> str:
    if result["status"] == "errored":
        return f"could not be evaluated: {result['message']}"
    if result["unexpected_count"] is not None:
        return f"{result['unexpected_count']:,} {'row' if result['unexpected_count'] == 1 else 'rows'}"
    return result["message"] or "does not hold"


def _samples(result: dict) -> str:
    rows = json.loads(result["sample_rows"] or "[]")
    if not rows:
        return ""
    head = "".join(f"<th>{html.escape(str(column))}</th>" for column in rows[0])
    cells = [[html.escape("" if value is None else str(value)) for value in row.values()] for row in rows]
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in cells)
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    return f"<details><summary>examples</summary>{table}</details>"


def _linked(result: dict) -> str:
    name = html.escape(result["table_name"])
    return f'<a href="{html.escape(result["data_docs_page"])}">{name}</a>' if result["data_docs_page"] else name


def _table_row(table: str, results: Sequence[dict]) -> str:
    failing = [r for r in results if r["status"] != "passed"]
    blocking = [r for r in failing if r["severity"] == "blocking"]
    if blocking:
        result, css = f"{len(blocking)} blocking broken", "failed"
    elif failing:
        result, css = f"{len(failing)} {'warning' if len(failing) == 1 else 'warnings'}", "warned"
    else:
        result, css = "passed", "passed"
    rows = results[0]["checked_rows"]
    page = f"expectations/{table.replace('.', '/')}.html"
    # A table that doesn't exist has no pages.
    promises = f'<a href="{page}">{len(results)}</a>' if results[0]["data_docs_page"] else len(results)
    return (
        f'<tr><td>{_linked(results[0])}</td><td class="{css}">{result}</td>'
        f'<td class="number">{promises}</td>'
        f'<td class="number">{"" if rows is None else f"{rows:,}"}</td>'
        f'<td class="muted">{html.escape(results[0]["checked_at"])}</td></tr>\n'
    )
