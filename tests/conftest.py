"""What every test stands on: an environment without this machine's settings, and a made-up company."""

from __future__ import annotations

import gc
import os
import pickle
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock

from tests import olist, profiles, sample
from tests.company import Company
from tests.runs import Night, run_nightly

profiles.register()

# dbt's graph and its macros are large nets of objects that live to the end: looking them through for garbage as often
# as Python does by itself takes a tenth of a test's time.
gc.set_threshold(100_000, 20, 20)

# Settings, and credentials of what is pulled.
OWN_VARIABLES = ("THROUGHLINE_", "SOURCES__", "DAGSTER_HOME")

# Whole nights on thousands of records, whose readers wait for minutes, and pulls from an API, which dlt looks after
# three times a second.
LONG_FIXTURES = {"sample_night", "olist_night", "pulls"}


def pytest_collection_modifyitems(items: list[pytest.Function]) -> None:
    for item in items:
        # Whole companies, from the landing file to the mart, take seconds each.
        if item.path.parent.name == "integration" or LONG_FIXTURES & set(item.fixturenames):
            item.add_marker(pytest.mark.slow)


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A developer's own settings must not reach a test, and no run of a test may show in a developer's Dagster."""
    for variable in [name for name in os.environ if name.startswith(OWN_VARIABLES)]:
        monkeypatch.delenv(variable)


@pytest.fixture
def company(tmp_path: Path) -> Company:
    """A company without a single record, in folders of its own."""
    return Company(tmp_path)


@pytest.fixture(scope="session")
def sample_night(tmp_path_factory: pytest.TempPathFactory) -> Night:
    """The nightly job's first run on the shipped sample; to be read, not run again."""
    return _once(tmp_path_factory, "sample", lambda folder: run_nightly(sample.sample(folder), sample.AS_OF))


@pytest.fixture(scope="session")
def olist_night(tmp_path_factory: pytest.TempPathFactory) -> Night:
    """The nightly job's first run on the real data beside the project; to be read, not run again."""
    return _once(tmp_path_factory, "olist", lambda folder: run_nightly(olist.olist(folder), olist.AS_OF))


def _once(factory: pytest.TempPathFactory, name: str, run: Callable[[Path], Night]) -> Night:
    """A night is a minute: whichever of the parallel test processes comes first runs it, and all read its files."""
    base = factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / name
    result = folder / "night.pickle"
    with FileLock(folder.with_suffix(".lock")):
        if not result.exists():
            folder.mkdir()
            result.write_bytes(pickle.dumps(run(folder)))
    return pickle.loads(result.read_bytes())
