"""What every test stands on: an environment without this machine's settings, and a made-up company."""

from __future__ import annotations

import gc
import os
from pathlib import Path

import pytest

from tests import olist, once, profiles, sample
from tests.company import Company
from tests.once import once_for_all_processes
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


@pytest.fixture(autouse=True, scope="session")
def _processes_share_what_takes_long(tmp_path_factory: pytest.TempPathFactory) -> None:
    once.shared_folder = _folder_of_the_run(tmp_path_factory, "once")


@pytest.fixture
def company(tmp_path: Path) -> Company:
    """A company without a single record, in folders of its own."""
    return Company(tmp_path)


@pytest.fixture(scope="session")
def sample_night(tmp_path_factory: pytest.TempPathFactory) -> Night:
    """The nightly job's first run on the shipped sample; to be read, not run again."""
    folder = _folder_of_the_run(tmp_path_factory, "sample")
    return once_for_all_processes("night of the sample", lambda: run_nightly(sample.sample(folder), sample.AS_OF))


@pytest.fixture(scope="session")
def olist_night(tmp_path_factory: pytest.TempPathFactory) -> Night:
    """The nightly job's first run on the real data beside the project; to be read, not run again."""
    folder = _folder_of_the_run(tmp_path_factory, "olist")
    return once_for_all_processes("night of Olist", lambda: run_nightly(olist.olist(folder), olist.AS_OF))


def _folder_of_the_run(factory: pytest.TempPathFactory, name: str) -> Path:
    """The same for all processes of a run."""
    base = factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / name
    folder.mkdir(exist_ok=True)
    return folder
