"""The data docs: one page with every promise and what was last found of it, made from `audit.check_results`.

What lives here: the page. What doesn't: evaluation. The page needs no other file and no internet. What doesn't hold
comes first, with the rows that break it and the mend. The history of every promise is the table itself.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

import duckdb

from dagster_project.quality.results import home, mend

_FOLDER = Path(__file__).parent
STYLE = (_FOLDER / "data_docs.css").read_text(encoding="utf-8")
SCRIPT = (_FOLDER / "data_docs.js").read_text(encoding="utf-8")

LAYERS = ("raw", "staging", "intermediate", "marts")

# What earlier versions wrote beside the page, from Great Expectations' own pages.
_FORMER_FOLDERS = ("expectations", "static", "validations")

# A table's latest evaluation by Great Expectations and its latest by dbt; since when a broken promise is broken.
_LATEST = """
with results as (
    select *, starts_with(expectation_type, 'dbt.') as is_dbt from audit.check_results
), latest as (
    select * from results
    qualify check_number = max(check_number) over (partition by table_name, is_dbt)
), kept as (
    select table_name, expectation, max(check_number) as check_number
    from results where status = 'passed' group by all
), broken as (
    select results.table_name, results.expectation, min(results.checked_at) as broken_since
    from results
    left join kept using (table_name, expectation)
    where results.status <> 'passed' and results.check_number > coalesce(kept.check_number, 0)
    group by all
)
select
    latest.table_name, latest.layer, latest.expectation, latest.expectation_type, latest.column_name, latest.promise,
    latest.severity, latest.status, latest.checked_rows, latest.unexpected_count, latest.message,
    latest.sample_rows::varchar as sample_rows,
    strftime(latest.checked_at, '%Y-%m-%d %H:%M') as checked_at,
    strftime(latest.as_of, '%Y-%m-%d %H:%M') as as_of,
    strftime(broken.broken_since, '%Y-%m-%d %H:%M') as broken_since
from latest
left join broken using (table_name, expectation)
order by latest.table_name, latest.expectation
"""


def write_page(docs_dir: Path, connection: duckdb.DuckDBPyConnection) -> Path:
    """Write `index.html` from the latest results."""
    found = connection.execute(_LATEST)
    names = [column[0] for column in found.description]
    results = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    docs_dir.mkdir(parents=True, exist_ok=True)
    for folder in _FORMER_FOLDERS:
        shutil.rmtree(docs_dir / folder, ignore_errors=True)
    index = docs_dir / "index.html"
    index.write_text(page(results), encoding="utf-8")
    return index


def page(results: Sequence[Mapping[str, Any]]) -> str:
    """The page as HTML, from the latest results."""
    broken = sorted(
        (r for r in results if r["status"] != "passed"),
        key=lambda r: (r["severity"] != "blocking", LAYERS.index(r["layer"]), r["table_name"], r["expectation"]),
    )
    tables: dict[str, list[Mapping[str, Any]]] = {}
    for result in results:
        tables.setdefault(result["table_name"], []).append(result)
    blocking = sum(r["severity"] == "blocking" for r in broken)
    warning = len(broken) - blocking
    as_of = max((r["as_of"] for r in results), default="never")
    checked_at = max((r["checked_at"] for r in results), default="never")
    layers = "".join(_layer(layer, tables) for layer in LAYERS)
    cards = "".join(_card(result) for result in broken) or '<p class="card kept">Every promise holds.</p>'
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy"
  content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>Throughline: promises</title>
<style>
{STYLE}</style>
</head>
<body>
<header>
<h1>Promises</h1>
<p class="muted">Data as of {escape(as_of)} UTC, checked {escape(checked_at)} UTC.
History: <code>audit.check_results</code></p>
<div class="numbers">
{_number(len(results) - len(broken), "hold", "kept")}
{_number(blocking, "broken, blocking", "blocking" if blocking else "none")}
{_number(warning, "warning" if warning == 1 else "warnings", "warn" if warning else "none")}
{_number(len(tables), "tables", "none")}
</div>
</header>
<div class="tools">
<input id="search" type="search" placeholder="Search tables, columns, promises …" aria-label="Search">
<label><input id="only-broken" type="checkbox"> only what doesn't hold</label>
<span id="count" class="muted" aria-live="polite"></span>
</div>
<main>
<section id="broken">
<h2>What doesn't hold</h2>
{cards}
</section>
{layers}
</main>
<script>
{SCRIPT}</script>
</body>
</html>
"""


def _number(count: int, words: str, css: str) -> str:
    return f'<div class="number {css}"><b>{count:,}</b><span>{words}</span></div>'


def _card(result: Mapping[str, Any]) -> str:
    """A promise that doesn't hold, with all that helps to mend it."""
    css = _css(result)
    since = f" since {escape(result['broken_since'])}" if result["broken_since"] else ""
    told = mend(result["table_name"], result["expectation"], result["expectation_type"], result["status"])
    return f"""<article class="card {css} findable">
<h3><span class="badge">{escape(result["severity"])}</span>
<a href="#{escape(result["table_name"])}">{escape(result["table_name"])}</a> · {escape(result["expectation"])}</h3>
<p>{escape(result["promise"])}</p>
<p><b>{escape(_finding(result))}</b><span class="muted">{since}</span></p>
{_samples(result)}
<p class="muted"><b>Mend</b> {escape(told)}</p>
</article>
"""


def _layer(layer: str, tables: Mapping[str, Sequence[Mapping[str, Any]]]) -> str:
    own = "".join(_table(name, results) for name, results in tables.items() if results[0]["layer"] == layer)
    return f'<section class="layer">\n<h2>{layer}</h2>\n{own}</section>\n' if own else ""


def _table(name: str, results: Sequence[Mapping[str, Any]]) -> str:
    broken = [r for r in results if r["status"] != "passed"]
    blocking = any(r["severity"] == "blocking" for r in broken)
    css = "blocking" if blocking else "warn" if broken else "kept"
    rows = next((r["checked_rows"] for r in results if r["checked_rows"] is not None), None)
    counts = f"{len(results)} {'promise' if len(results) == 1 else 'promises'}"
    about = f"{counts}, {len(broken)} broken" if broken else counts
    ordered = sorted(results, key=lambda r: (r["status"] == "passed", r["severity"] != "blocking", r["expectation"]))
    return f"""<details class="table {css}" id="{escape(name)}">
<summary><span class="dot"></span><code>{escape(name)}</code><span class="muted">{about}</span>
<span class="rows muted">{"" if rows is None else f"{rows:,} {'row' if rows == 1 else 'rows'}"}</span></summary>
<table><tbody>
{"".join(_promise(r) for r in ordered)}</tbody></table>
</details>
"""


def _promise(result: Mapping[str, Any]) -> str:
    columns = f"<code>{escape(result['column_name'])}</code>" if result["column_name"] else ""
    by = "dbt" if result["expectation_type"].startswith("dbt.") else "Great Expectations"
    place = home(result["table_name"], result["expectation"], result["expectation_type"])
    return (
        f'<tr class="findable {_css(result)}"><td><span class="dot"></span></td>'
        f'<td>{escape(result["promise"])}<div class="muted small">{escape(result["expectation"])} {columns}</div></td>'
        f'<td class="small">{escape(_finding(result))}</td>'
        f'<td class="small muted" title="{escape(place)}">{escape(result["severity"])}<br>{by}</td></tr>\n'
    )


def _css(result: Mapping[str, Any]) -> str:
    return "kept" if result["status"] == "passed" else result["severity"]


def _finding(result: Mapping[str, Any]) -> str:
    if result["status"] == "passed":
        return "holds"
    if result["status"] == "errored":
        return f"could not be evaluated: {result['message']}"
    if result["unexpected_count"] is not None:
        return f"{result['unexpected_count']:,} {'row breaks' if result['unexpected_count'] == 1 else 'rows break'} it"
    return result["message"] or "does not hold"


def _samples(result: Mapping[str, Any]) -> str:
    """Rows that break a promise, the first few in sight."""
    rows = json.loads(result["sample_rows"] or "[]")
    if not rows:
        return ""
    head = "".join(f"<th>{escape(str(column))}</th>" for column in rows[0])
    body = ["<tr>" + "".join(f"<td>{_cell(value)}</td>" for value in row.values()) + "</tr>" for row in rows]
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table>"
    more = f"{len(rows)} of the rows" if len(rows) < (result["unexpected_count"] or 0) else "the rows"
    return f'<details class="samples" open><summary>{more}</summary><div class="scroll">{table}</div></details>'


def _cell(value: Any) -> str:
    return '<span class="muted">null</span>' if value is None else escape(str(value))
