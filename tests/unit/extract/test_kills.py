"""A pull that is killed at any moment loses nothing and doubles nothing."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime

import pytest
from hypothesis import settings

from dagster_project.extract import receipts
from tests.unit.extract.conftest import Pulls
from tests.unit.extract.fake_api import FakeApi, serving
from tests.unit.extract.fake_hubspot import account
from tests.unit.extract.test_hubspot import as_held, contacts, environ

OBJECTS = ("contacts", "deal_contacts")


@pytest.mark.deep
def test_a_pull_that_is_killed_at_any_moment_loses_and_doubles_nothing(pulls: Pulls) -> None:
    kills = settings.default.max_examples
    held = account(20)
    moments = random.Random(4)
    killed = 0
    with serving(FakeApi(held)) as api:
        landing = pulls.folders.landing_dir
        command = [sys.executable, "-m", "tests.unit.extract.pull_when_told", str(landing.parent)]
        given = {**os.environ, **environ(api)}
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=given) as puller:
            assert puller.stdin and puller.stdout

            def pull(until: float | None) -> tuple[int, float]:
                begun = time.monotonic()
                puller.stdin.write(" ".join(OBJECTS) + "\n")
                puller.stdin.flush()
                child = int(puller.stdout.readline())
                if until is not None:
                    time.sleep(until)
                    os.kill(child, signal.SIGKILL)
                puller.stdin.write("\n")
                puller.stdin.flush()
                return int(puller.stdout.readline()), time.monotonic() - begun

            assert puller.stdout.readline() == "ready\n"
            code, whole = pull(None)
            assert code == 0
            for number in range(kills):
                held.add("contacts", 100 + number, email=f"n{number}@acme.example").modified = datetime.now(UTC)
                held.change("contacts", 1 + number % 20, datetime.now(UTC), firstname=f"Name {number}")
                code, _ = pull(moments.uniform(0, whole))
                killed += code == -signal.SIGKILL
            code, _ = pull(None)
            assert code == 0
            puller.stdin.close()
    assert killed >= kills / 2
    assert contacts(pulls) == as_held(held)
    told = [receipt for name in OBJECTS for receipt in receipts.read_all(landing, "hubspot", name)]
    promised = {f"hubspot/{receipt.object}/{file.name}": file.rows for receipt in told for file in receipt.files}
    assert sorted(promised) == pulls.files()
    for name, rows in promised.items():
        folder, file = name.rsplit("/", 1)
        ids = "deal_id || contact_id || type_id" if folder.endswith("deal_contacts") else "id"
        assert pulls.rows(folder, f"count(*), count(distinct {ids})", f"filename like '%{file}'") == [(rows, rows)]
    assert not list((landing / ".incoming" / "hubspot").glob("*/*"))
