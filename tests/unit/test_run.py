"""The command line's own refusals: one line and exit code 2, before anything is touched."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from dagster_project import dagster_home, run
from dagster_project.night.log_file import everything_into, open_log
from dagster_project.settings import PROJECT_ROOT


def test_a_missing_dagster_home_is_created_for_its_owner_alone(tmp_path, monkeypatch):
    home = tmp_path / "new" / "home"
    monkeypatch.setenv("DAGSTER_HOME", str(home))
    dagster_home.use_dagster_home()
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

        monkeypatch.setattr(dagster_home, "TemporaryFile", refuse)
    monkeypatch.setattr(run, "_night", lambda *_: pytest.fail("the job must not start"))
    monkeypatch.setattr(run.os, "umask", lambda _: 0)
    monkeypatch.setenv("THROUGHLINE_AS_OF", "2026-01-01")
    monkeypatch.setenv("THROUGHLINE_WAREHOUSE_DIR", str(tmp_path / "warehouse"))
    monkeypatch.setenv("DAGSTER_HOME", "home" if kind == "relative" else str(home))
    assert run.main() == 2
    said = capsys.readouterr().err
    assert said.startswith("Throughline stopped before touching anything: DAGSTER_HOME ")
    assert "set " in said
    assert said.count("\n") == 1
    assert not (tmp_path / "warehouse").exists()


def test_a_log_is_its_owner_s_alone(tmp_path: Path) -> None:
    with open_log(tmp_path / "warehouse" / "logs") as log:
        assert Path(log.name).stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "warehouse" / "logs").stat().st_mode & 0o777 == 0o700


def test_all_that_is_printed_goes_into_the_log_and_only_what_is_said_to_the_terminal(tmp_path, capfd) -> None:
    with open_log(tmp_path) as log:
        with everything_into(log) as terminal:
            os.write(2, b"of this process\n")
            subprocess.run([sys.executable, "-c", "print('of a child')"], check=True)
            terminal.write("for people\n")
        os.write(1, b"afterwards\n")
    assert capfd.readouterr().out == "for people\nafterwards\n"
    assert Path(log.name).read_text().split("\n") == ["of this process", "of a child", ""]


def test_a_full_disk_costs_the_log_and_not_what_people_are_told() -> None:
    code = """if True:
    import os
    from dagster_project.night.console import Console
    from dagster_project.night.log_file import NightLog, everything_into

    class Full(NightLog):
        def __init__(self):
            self.name, self._number = "/dev/full", os.open("/dev/full", os.O_WRONLY)

    with Full() as log, everything_into(log) as terminal:
        print("a line that stays in the buffer")
        Console(terminal, log).say("The night failed")
    print("afterwards")
    """
    ended = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONUNBUFFERED": ""},
        check=True,
        cwd=PROJECT_ROOT,
        capture_output=True,
        text=True,
    )
    assert (ended.stdout, ended.stderr) == ("The night failed\nafterwards\n", "")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(28, "No space left on device"), "The night stopped: the disk is full; free space"),
        (RuntimeError("of two\nlines"), "The night stopped: RuntimeError: of two\n"),
    ],
)
def test_what_stops_dagster_itself_is_one_line(tmp_path, monkeypatch, capfd, error, said) -> None:
    def stop(*_: object) -> int:
        raise error

    monkeypatch.setattr(run, "_night", stop)
    monkeypatch.setattr(run.os, "umask", lambda _: 0)
    monkeypatch.setenv("THROUGHLINE_WAREHOUSE_DIR", str(tmp_path / "warehouse"))
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "home"))
    assert run.main() == 1
    told = capfd.readouterr()
    assert said in told.out
    assert "Traceback" not in told.out + told.err
    (log,) = (tmp_path / "warehouse" / "logs").iterdir()
    assert "Traceback" in log.read_text()


@pytest.mark.parametrize("ends", ["by itself", "by an exception"])
def test_the_terminal_comes_back(tmp_path, capfd, ends) -> None:
    try:
        with open_log(tmp_path) as log, everything_into(log):
            if ends == "by an exception":
                raise KeyboardInterrupt
    except KeyboardInterrupt:
        pass
    os.write(1, b"back\n")
    assert capfd.readouterr().out == "back\n"


def test_the_command_and_the_ui_remember_in_one_place(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(dagster_home, "DAGSTER_HOME", tmp_path / ".dagster")
    monkeypatch.setenv("DAGSTER_HOME", "")
    monkeypatch.delenv("DAGSTER_HOME")
    dagster_home.use_dagster_home()
    assert os.environ["DAGSTER_HOME"] == str(tmp_path / ".dagster")
    assert (tmp_path / ".dagster" / "dagster.yaml").exists()


def test_nothing_heavy_is_imported_before_the_first_line() -> None:
    heavy = "{name for name in sys.modules if name.split('.')[0] in {'dagster', 'dbt', 'great_expectations'}}"
    code = f"import sys, dagster_project.run; assert not {heavy}, {heavy}"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=PROJECT_ROOT)


def test_a_night_that_published_nothing_is_no_good_night(tmp_path, monkeypatch, capfd) -> None:
    """Dagster calls a run whose last steps were skipped a success."""
    import dagster as dg

    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    monkeypatch.setattr("dagster_project.night.dagster_run.run_job", lambda *_: dg.DagsterRunStatus.SUCCESS)
    with open_log(tmp_path / "logs") as log, everything_into(log) as terminal:
        assert run._night(run.Settings.from_environment({}), terminal, log) == 1
    said = capfd.readouterr().out
    assert "without publishing" in said
    assert "Published in" not in said
