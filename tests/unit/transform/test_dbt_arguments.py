"""What dbt is told, when its manifest is stale, and what a failed build says."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

from dagster_project.settings import Settings
from dagster_project.transform.arguments import build_arguments, errors_said, failed_models
from dagster_project.transform.project import dbt_environment, fingerprint, is_stale, remove_old_artifacts
from dagster_project.transform.translator import room


def test_a_night_builds_and_tests_everything_but_unit_tests_and_forgets_nothing() -> None:
    arguments = build_arguments()
    assert arguments == ["build", "--exclude-resource-type", "unit_test"]
    assert "--full-refresh" not in arguments


def test_dbt_builds_in_the_settings_file_and_phones_nobody(tmp_path: Path) -> None:
    settings = Settings(tmp_path, tmp_path, tmp_path / "warehouse", datetime(2026, 1, 1, tzinfo=UTC), "salt")
    environment = dbt_environment(settings)
    assert environment["THROUGHLINE_BUILD_FILE"] == str(tmp_path / "warehouse" / "throughline.duckdb")
    assert environment["DO_NOT_TRACK"] == "1"


def test_a_failed_build_names_each_model_that_failed_in_one_line() -> None:
    """Tests that failed are told as promises, and what was skipped after them isn't told at all."""
    results = {
        "results": [
            {"unique_id": "model.throughline.dim_user", "status": "success", "message": "OK"},
            {"unique_id": "model.throughline.dim_x", "status": "error", "message": "Binder Error:\n  no column"},
            {"unique_id": "test.throughline.assert_x.1a2b", "status": "fail", "message": "Got 2 results"},
            {"unique_id": "model.throughline.fct_y", "status": "skipped", "message": None},
        ]
    }
    assert failed_models(results) == ["dim_x: Binder Error: no column"]


def test_what_stops_dbt_itself_is_told_without_its_stack_trace() -> None:
    said = (
        "The dbt CLI process with command\n\n`dbt build`\n\nfailed with exit code `2`.\n\n"
        "Errors parsed from dbt logs:\n\n"
        "\x1b[31mUnhandled error while executing a.sql\x1b[0m\nFATAL Error: Failed: database has been invalidated\n"
        'Traceback (most recent call last):\n  File "a.py", line 6, in open\n    handle()\n'
        "FATAL Error: Failed: database has been invalidated"
    )
    assert errors_said(said) == [
        "Unhandled error while executing a.sql",
        "FATAL Error: Failed: database has been invalidated",
    ]
    assert errors_said("killed") == ["killed"]
    assert errors_said("") == ["see the full log"]


def test_the_manifest_is_stale_when_missing_or_parsed_from_other_files(tmp_path: Path) -> None:
    manifest, model = tmp_path / "manifest.json", tmp_path / "model.sql"
    model.write_text("select 1")
    parsed_from = fingerprint([model])
    assert is_stale(manifest, parsed_from)
    manifest.touch()
    assert is_stale(manifest, parsed_from)
    (tmp_path / "parsed_from.txt").write_text(parsed_from)
    assert not is_stale(manifest, parsed_from)
    # The same length, and an older time than the manifest's.
    model.write_text("select 2")
    os.utime(model, (1, 1))
    assert is_stale(manifest, fingerprint([model]))


def test_artifacts_of_old_builds_are_removed_the_newest_stay(tmp_path: Path) -> None:
    for age in range(5):
        folder = tmp_path / f"dbt_build-{age}"
        folder.mkdir()
        os.utime(folder, (1000 - age, 1000 - age))
    (tmp_path / "manifest.json").touch()
    remove_old_artifacts(tmp_path, keep=2)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["dbt_build-0", "dbt_build-1", "manifest.json"]


def test_a_room_is_the_folder_a_model_lives_in() -> None:
    assert room(["throughline", "staging", "salesforce", "stg_salesforce__lead"]) == "staging"
    assert room(["throughline", "intermediate", "identity", "int_identity__persons"]) == "identity"
    assert room(["throughline", "marts", "reports", "rpt_lead_to_revenue"]) == "reports"
