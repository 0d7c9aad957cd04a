"""dbt on the project as it was parsed before, as a night starts it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from dagster_project.transform.project import DBT_PROJECT_DIR, PARSED_DBT, dbt_environment, prepared_project


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """With a build file of its own, which dbt has never seen."""
    prepared_project()
    places = ["--project-dir", str(DBT_PROJECT_DIR), "--target-path", str(folder), "--log-path", str(folder)]
    return subprocess.run(
        [sys.executable, "-P", str(PARSED_DBT), str(DBT_PROJECT_DIR), *arguments, *places],
        env={**os.environ, **dbt_environment(None), "THROUGHLINE_BUILD_FILE": str(folder / "throughline.duckdb")},
        capture_output=True,
        text=True,
        check=False,
    )


def test_another_warehouse_is_no_reason_to_parse_again(tmp_path: Path) -> None:
    listed = run(tmp_path, "ls", "--select", "dim_user", "--resource-type", "model", "--output", "name")
    assert (listed.returncode, listed.stderr) == (0, "")
    assert listed.stdout.splitlines()[-1].endswith("dim_user")
    assert "partial parsing" not in listed.stdout


def test_what_dbt_cannot_do_it_says_and_ends_with_its_own_code(tmp_path: Path) -> None:
    unknown = run(tmp_path, "build", "--no-such-option")
    assert unknown.returncode == 2
    assert "No such option '--no-such-option'" in unknown.stderr


def test_a_node_that_fails_is_no_success(tmp_path: Path) -> None:
    """Without its upstream the model has nothing to read."""
    failed = run(tmp_path, "build", "--select", "dim_user")
    assert failed.returncode == 1
    assert "does not exist" in failed.stdout
