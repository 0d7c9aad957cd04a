"""The polite session: how long it waits, what it never follows, and what it never tells."""

from __future__ import annotations

from collections.abc import Iterator
from email.utils import formatdate
from time import time

import pytest

from dagster_project.extract.errors import PullError
from dagster_project.extract.session import TRIES, PoliteSession
from tests.unit.extract.fake_api import Answer, FakeApi, serving

TOKEN = "token-4711"


@pytest.fixture
def api() -> Iterator[FakeApi]:
    with serving(FakeApi(lambda asked: Answer({"path": asked.path, "token": asked.token}))) as served:
        yield served


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def session(waits: list[float]) -> PoliteSession:
    return PoliteSession("shop", {TOKEN}, TOKEN, sleep=waits.append)


def _then(api: FakeApi, *answers: Answer) -> None:
    api.mischief += [lambda _, told=told: told for told in answers]


def test_it_waits_as_long_as_the_api_asks(api: FakeApi, session: PoliteSession, waits: list[float]) -> None:
    at = formatdate(time() + 90, usegmt=True)
    _then(api, Answer({}, 429, {"Retry-After": "12"}), Answer({}, 503, {"Retry-After": at}), Answer({}, 429))
    assert session.get(f"{api.url}/a").json() == {"path": "/a", "token": TOKEN}
    assert waits[0] == 12
    assert 80 < waits[1] <= 90
    assert waits[2] == 2
    assert (session.requests_sent, session.retries) == (4, 3)


def test_an_api_that_asks_for_hours_ends_the_pull(api: FakeApi, session: PoliteSession, waits: list[float]) -> None:
    _then(api, Answer({}, 429, {"Retry-After": "86400"}))
    with pytest.raises(PullError, match="asks to wait for 86,400 seconds; expected at most 3,600; run again later"):
        session.get(f"{api.url}/a")
    assert waits == []


def test_it_gives_up_after_doubling_waits(api: FakeApi, session: PoliteSession, waits: list[float]) -> None:
    _then(api, *[Answer({}, 500)] * TRIES)
    with pytest.raises(PullError, match="the API answers 500, 7 times; expected the API to recover within minutes"):
        session.get(f"{api.url}/a")
    assert waits == [2, 4, 8, 16, 32, 64]


def test_no_redirect_takes_the_token_elsewhere(api: FakeApi, session: PoliteSession) -> None:
    with serving(FakeApi(lambda asked: Answer({}))) as elsewhere:
        _then(api, Answer({}, 302, {"Location": f"{elsewhere.url}/b"}))
        with pytest.raises(PullError, match="the API's answer is 302"):
            session.get(f"{api.url}/a")
        assert elsewhere.asked == []


def test_nobody_who_doesnt_answer_makes_it_tell_the_address(session: PoliteSession) -> None:
    with pytest.raises(PullError, match=r"^shop: GET /a: no whole answer \(ConnectionError\), 7 times") as told:
        session.get(f"http://127.0.0.1:1/a?key={TOKEN}")
    assert TOKEN not in str(told.value)
    assert told.value.__cause__ is None


@pytest.mark.parametrize("status", [400, 403, 404])
def test_an_answer_that_repeats_the_token_is_quoted_without_it(
    api: FakeApi, session: PoliteSession, status: int
) -> None:
    _then(api, Answer({"message": f"{TOKEN} may not read this"}, status))
    with pytest.raises(PullError, match=rf"the API's answer is {status} .*\*\*\* may not read this") as told:
        session.get(f"{api.url}/a")
    assert TOKEN not in str(told.value)


def test_a_page_that_was_given_before_ends_the_pull(api: FakeApi, session: PoliteSession) -> None:
    session.get(f"{api.url}/a")
    with pytest.raises(PullError, match="leads back to a page that it gave before"):
        session.get(f"{api.url}/a")
    session.start_over()
    session.get(f"{api.url}/a")
