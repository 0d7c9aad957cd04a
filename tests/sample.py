"""The shipped sample, as a run takes it, and what its generator planted (`seeds/sample/_truth`)."""

from __future__ import annotations

import csv
from pathlib import Path

from dagster_project.settings import SAMPLE_LANDING_DIR
from tests.company import SHIPPED_REFERENCE_DIR, Folders

TRUTH_DIR = SAMPLE_LANDING_DIR / "_truth"
AS_OF = (TRUTH_DIR / "as_of.txt").read_text().strip()


def sample(folder: Path) -> Folders:
    """The sample in place, with a warehouse in `folder`."""
    return Folders(SAMPLE_LANDING_DIR, SHIPPED_REFERENCE_DIR, folder / "warehouse")


def truth(name: str) -> list[dict[str, str]]:
    """The rows of a truth file, all text."""
    with (TRUTH_DIR / f"{name}.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))
