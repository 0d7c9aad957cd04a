"""The dbt project as Dagster sees it, with a manifest that is parsed again when a file of it changed."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path

from dagster_dbt import DbtProject
from filelock import FileLock

from dagster_project.settings import PROJECT_ROOT, Settings

DBT_PROJECT_DIR = PROJECT_ROOT / "dbt_models"

# The dbt of this interpreter's own environment, so that nothing depends on an activated virtualenv.
DBT_EXECUTABLE = str(Path(sys.executable).parent / "dbt")

DBT_VERSION = version("dbt-core")

# The program that builds; it runs in a process of its own.
PARSED_DBT = Path(__file__).with_name("parsed_dbt.py")

# Artifacts of a build (compiled SQL, results, logs) are some 25 MB: a week of nights to look into, not years of them.
KEPT_BUILDS = 7

_PARSED_SUFFIXES = {".sql", ".yml", ".yaml", ".py", ".md", ".csv"}


class DbtParseError(RuntimeError):
    """dbt could not parse its project; the message is dbt's own."""


def dbt_environment(settings: Settings | None) -> dict[str, str]:
    """What dbt needs to know of a run: the file to build in. Parsing needs no warehouse, so settings may be absent."""
    # At its default level dbt's log file holds every statement twice and costs a tenth of a build.
    environment = {"DO_NOT_TRACK": "1", "DBT_PROFILES_DIR": str(DBT_PROJECT_DIR), "DBT_LOG_LEVEL_FILE": "info"}
    if settings is not None:
        environment["THROUGHLINE_BUILD_FILE"] = str(settings.build_file)
    return environment


def remove_old_artifacts(target: Path, keep: int = KEPT_BUILDS) -> None:
    """Delete the artifact folders of all but the newest builds; dagster-dbt makes one for each and leaves it."""
    builds = sorted(target.glob("dbt_build-*"), key=lambda folder: folder.stat().st_mtime, reverse=True)
    for folder in builds[keep:]:
        shutil.rmtree(folder, ignore_errors=True)


def fingerprint(files: Iterable[Path]) -> str:
    """A hash of the files' names and contents, and of dbt's version, which reads no other one's manifest.

    Times of files would not tell after an unpacked archive or a restored copy.
    """
    digest = hashlib.blake2b(DBT_VERSION.encode())
    for path in sorted(files):
        digest.update(f"{path}\0{path.stat().st_size}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def is_stale(manifest: Path, current: str) -> bool:
    """Whether the manifest is missing or was parsed from other files than today's, told by their fingerprint."""
    note = _note_of(manifest)
    return not manifest.exists() or not note.exists() or note.read_text() != current


def prepared_project() -> DbtProject:
    """The dbt project with an up-to-date manifest.

    `dagster dev` would parse by itself, but a fresh clone that runs the job from the command line would not. Several
    processes may load the definitions at once (web server, daemon, run): a lock lets the first one parse.
    """
    project = DbtProject(project_dir=DBT_PROJECT_DIR)
    manifest = Path(project.manifest_path)
    current = fingerprint(project_files())
    if is_stale(manifest, current):
        manifest.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(manifest.parent / ".parse.lock"):
            if is_stale(manifest, current):
                _parse()
                _note_of(manifest).write_text(current)
    return project


def _note_of(manifest: Path) -> Path:
    return manifest.with_name("parsed_from.txt")


def project_files() -> list[Path]:
    """Every file of the project that dbt reads."""
    ignored = {"target", "logs"}
    return [
        path
        for top in DBT_PROJECT_DIR.iterdir()
        if top.name not in ignored
        for path in ([top] if top.is_file() else top.rglob("*"))
        if path.suffix in _PARSED_SUFFIXES
    ]


def _parse() -> None:
    result = subprocess.run(
        [DBT_EXECUTABLE, "--quiet", "parse", "--project-dir", str(DBT_PROJECT_DIR)],
        env={**os.environ, **dbt_environment(None)},
        cwd=DBT_PROJECT_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode:
        raise DbtParseError(f"dbt could not parse {DBT_PROJECT_DIR}:\n{result.stdout}{result.stderr}")
