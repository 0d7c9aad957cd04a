"""The data docs as `make ui` serves them: one page, to this machine alone."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from urllib.error import HTTPError

import pytest

from dagster_project.ui import docs_server


@pytest.fixture
def page(tmp_path: Path) -> Path:
    page = tmp_path / "index.html"
    page.write_text("<p>Promises")
    (tmp_path / "salt").write_text("secret")
    return page


@pytest.fixture
def address(page: Path) -> Iterator[str]:
    server = docs_server(page, port=0)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def status(address: str, **headers: str) -> int:
    try:
        with urllib.request.urlopen(urllib.request.Request(address, headers=headers)) as answer:
            return answer.status
    except HTTPError as error:
        return error.code


def test_the_page_is_served_as_it_is_now(address: str, page: Path) -> None:
    for content in ("<p>Promises", "<p>After another night"):
        page.write_text(content)
        with urllib.request.urlopen(f"{address}/?a=b") as answer:
            assert answer.read().decode() == content
            assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["/salt", "/../salt", "/%2e%2e/salt", "//salt"])
def test_no_other_file_is_served(address: str, path: str) -> None:
    assert status(address + path) == 404


def test_another_site_s_name_for_this_machine_gets_nothing(address: str) -> None:
    assert status(address) == 200
    assert status(address, Host="elsewhere.example:3001") == 404


def test_before_the_first_night_there_is_no_page(address: str, page: Path) -> None:
    page.unlink()
    assert status(address) == 404
