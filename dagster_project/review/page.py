"""The review page: a folder that opens in a browser from any disk, without a server and without the internet.

What lives here: writing the folder and putting it in its place in one step, so that a reader sees yesterday's page or
today's and never half of one. What doesn't: figures (`views.py`) and data (`datasets.py`).
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import jinja2

from dagster_project.permissions import private_umask, share
from dagster_project.review import charts, datasets, digests, explanations
from dagster_project.review.cards import SECTIONS
from dagster_project.review.columnar import packed, script_json
from dagster_project.review.published import Published, opened

_HOME = Path(__file__).parent
STATIC = _HOME / "static"
_TEMPLATES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(_HOME / "templates"),
    autoescape=jinja2.select_autoescape(("html.j2",), default_for_string=False),
    undefined=jinja2.StrictUndefined,
    keep_trailing_newline=True,
    trim_blocks=True,
    lstrip_blocks=True,
)

FILTERS = (
    ("unit", "by"),
    ("period", "period"),
    ("type", "deal type"),
    ("team", "created by team"),
    ("marketer", "marketer"),
    ("seller", "seller"),
    ("channel", "channel"),
    ("model", "model"),
    ("topic", "topic"),
    ("persona", "persona"),
)

_LEFT_OUT = (
    "This deal's touches aren't on the page, which explains the newest deals only. The published file has them; ask it:"
)


@dataclass(frozen=True)
class ReviewPage:
    """What was written."""

    path: Path
    size_bytes: int
    files: int
    absent: dict[str, list[str]]


@dataclass(frozen=True)
class StaticTable:
    """A table that stands in a page as it is, without a filter: its title, the names of its columns and its rows.

    `empty` says why no row may be there.
    """

    title: str
    columns: tuple[str, ...]
    rows: Sequence[Sequence[object]]
    empty: str


@dataclass(frozen=True)
class StaticSection:
    """A section in front of the others, of a page that isn't a night's."""

    title: str
    said: str
    tables: tuple[StaticTable, ...]


def write_review(
    published_file: Path, folder: Path, shared_group: str | None = None, first: StaticSection | None = None
) -> ReviewPage:
    """Make the page from the published file and put it in the place of `folder`; `first` stands before its sections."""
    temporary = folder.with_name(f".{folder.name}-{os.getpid()}.tmp")
    remove_leftovers(folder)
    try:
        with private_umask(), opened(published_file) as published:
            absent = _write(published, temporary, first)
        for path in [temporary, *temporary.rglob("*")]:
            share(path, shared_group)
        put_in_place(temporary, folder)
    finally:
        remove_leftovers(folder)
    files = [path for path in folder.rglob("*") if path.is_file()]
    return ReviewPage(folder / "index.html", sum(file.stat().st_size for file in files), len(files), absent)


def remove_leftovers(folder: Path) -> None:
    """Remove what a killed run left; the warehouse's lock sees to it that none is in use."""
    for leftover in folder.parent.glob(f".{folder.name}-*.tmp"):
        shutil.rmtree(leftover, ignore_errors=True)


def put_in_place(new: Path, folder: Path) -> None:
    """Let the new folder have the name, and the former one go. In one step where the system can exchange two names."""
    if not folder.exists():
        new.rename(folder)
    elif not _exchanged(new, folder):
        former = new.with_name(f".{folder.name}-former.tmp")
        folder.rename(former)
        new.rename(folder)


def _exchanged(one: Path, other: Path) -> bool:
    """Swap two folders at once; False where the system or the disk can't (Linux can, on its own disks)."""
    try:
        renameat2 = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError):
        return False
    at_working_folder, exchange = -100, 2
    return bool(renameat2(at_working_folder, os.fsencode(one), at_working_folder, os.fsencode(other), exchange) == 0)


def _write(published: Published, folder: Path, first: StaticSection | None) -> dict[str, list[str]]:
    (folder / "data").mkdir(parents=True)
    (folder / "assets").mkdir()
    for asset in sorted(STATIC.iterdir()):
        shutil.copyfile(asset, folder / "assets" / asset.name)
    (folder / "assets" / "vega.js").write_text(charts.library(), encoding="utf-8")
    about = datasets.about(published)
    data, absent = datasets.read(published)
    core: dict[str, Any] = {
        "about": about,
        "models": datasets.models(published),
        "model": datasets.report_model(published),
        "sections": [_described(published, section) for section in SECTIONS],
        "charts": charts.specifications(),
        "data": data,
        "later": {dataset.name: not published.lacks(dataset.requires) for dataset in datasets.LATER_DATASETS},
        "explanations": _explanations_about(published),
    }
    if not published.lacks(explanations.REQUIRED) and core["models"]:
        explanations.prepare(published)
        core["explanations"] |= {
            "shard_of": explanations.shards_of_deals(published),
            "reasons": explanations.reasons(published),
        }
    # The same figures make the same page, and files of two pages never mix.
    core["build"] = build = hashlib.sha256(script_json(core).encode()).hexdigest()[:16]
    (folder / "data" / "core.js").write_text(f"window.review={script_json(core)};\n", encoding="utf-8")
    later, _ = datasets.read(published, datasets.LATER_DATASETS)
    for name, rows in later.items():
        text = f'window.review.arrived("{name}","{build}","{packed(rows)}");\n'
        (folder / "data" / f"{name}.js").write_text(text, encoding="ascii")
    if "shard_of" in core["explanations"]:
        for number, content in explanations.shards(published, core["models"]):
            text = f'window.review.shard({number},"{build}","{packed(content)}");\n'
            (folder / "data" / f"deals-{number:04}.js").write_text(text, encoding="ascii")
    index = _TEMPLATES.get_template("index.html.j2").render(
        about=about,
        build=build,
        sections=SECTIONS,
        filters=FILTERS,
        standing=datasets.standing(published, about),
        first=first,
    )
    (folder / "index.html").write_text(index, encoding="utf-8")
    digests.write(published, folder, about, core["model"], _TEMPLATES)
    return absent


def _described(published: Published, section: Any) -> dict[str, Any]:
    described: dict[str, Any] = asdict(section)
    for card in described["cards"]:
        for view in card["views"]:
            view["missing"] = published.lacks(view["requires"])
    return described


def _explanations_about(published: Published) -> dict[str, Any]:
    missing = published.lacks(explanations.REQUIRED)
    return {
        "absent": f"Explanations need {', '.join(missing)}, which this published file lacks."
        if missing
        else "No attribution model is enabled, so there is no credit to explain.",
        "left_out": _LEFT_OUT,
    }
