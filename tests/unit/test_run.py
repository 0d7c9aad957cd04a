"""The command line's own refusals: one line and exit code 2, before anything is touched."""

from __future__ import annotations

import pytest

from dagster_project import run


def test_a_missing_dagster_home_is_created_for_its_owner_alone(tmp_path):
    home = tmp_path / "new" / "home"
    run.ensure_dagster_home(str(home))
    assert home.stat().st_mode & 0o777 == 0o700
    assert [file.name for file in home.iterdir()] == ["dagster.yaml"]
    assert "telemetry:\n  enabled: false" in (home / "dagster.yaml").read_text()


@pytest.mark.parametrize("kind", ["not a folder", "read-only", "relative"])
def test_a_dagster_home_that_cannot_be_used_ends_with_one_line(tmp_path, monkeypatch, capsys, kind):
    home = tmp_path / "home"
    if kind == "not a folder":
        home.write_text("")
    elif kind == "read-only":

        def refuse(**_):
            raise OSError(30, "Read-only file system")

        monkeypatch.setattr(run, "TemporaryFile", refuse)
    monkeypatch.setattr(run.subprocess, "run", lambda *_, **__: pytest.fail("the job must not start"))
    monkeypatch.setattr(run.os, "umask", lambda _: 0)
    monkeypatch.setenv("THROUGHLINE_AS_OF", "2026-01-01")
    monkeypatch.setenv("THROUGHLINE_WAREHOUSE_DIR", str(tmp_path / "warehouse"))
    monkeypatch.setenv("DAGSTER_HOME", "home" if kind == "relative" else str(home))
    assert run.main() == 2
    said = capsys.readouterr().err
    assert said.startswith("Throughline stopped before touching anything: DAGSTER_HOME ")
    assert "set " in said
    assert said.count("\n") == 1
