"""The figures of a benchmark run as one JSON file and one Markdown table."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import duckdb


@dataclass(frozen=True)
class Figure:
    """A line of the table. `ratio` is the time as a multiple of the figure that `compared_with` names."""

    case: str
    what: str
    seconds: float
    peak_memory_mib: float | None = None
    rows: int | None = None
    ratio: float | None = None
    compared_with: str | None = None
    details: Mapping[str, object] = field(default_factory=dict)


def machine() -> dict[str, object]:
    """What the figures depend on."""
    return {
        "cpus": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "duckdb": duckdb.__version__,
    }


def write_report(folder: Path, figures: Sequence[Figure]) -> tuple[Path, Path]:
    """Write `benchmarks.json` and `benchmarks.md` into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    json_file, markdown_file = folder / "benchmarks.json", folder / "benchmarks.md"
    content = {"machine": machine(), "figures": [asdict(figure) for figure in figures]}
    json_file.write_text(json.dumps(content, indent=2) + "\n")
    markdown_file.write_text(markdown(figures))
    return json_file, markdown_file


def markdown(figures: Sequence[Figure]) -> str:
    """The table, with the machine that it holds for above it."""
    about = ", ".join(f"{name} {value}" for name, value in machine().items())
    lines = [
        f"Measured on: {about}.",
        "",
        "| case | what | rows | seconds | ratio | peak memory, MiB |",
        "| --- | --- | ---: | ---: | ---: | ---: |",
    ]
    for figure in figures:
        rows = "" if figure.rows is None else f"{figure.rows:,}"
        ratio = "" if figure.ratio is None else f"{figure.ratio:.2f} times {figure.compared_with}"
        memory = "" if figure.peak_memory_mib is None else f"{figure.peak_memory_mib:,.0f}"
        lines.append(f"| {figure.case} | {figure.what} | {rows} | {figure.seconds:.2f} | {ratio} | {memory} |")
    return "\n".join(lines) + "\n"
