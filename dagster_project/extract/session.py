"""The one way in which a pull speaks to an API: politely, patiently, and without telling a secret.

What lives here: pacing, rate limits, retries, expired tokens, and errors in one line. What doesn't: what is asked.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.hooks import default_hooks, dispatch_hook

from dagster_project.extract.errors import PullError, scrubbed

# How often one request is sent before the pull gives up. With doubling waits from two seconds, about two minutes.
TRIES = 7
FIRST_WAIT_SECONDS = 2.0
# An API that asks for more patience than this is not worth holding the night for: the next pull continues.
MAX_WAIT_SECONDS = 3600.0
TIMEOUT_SECONDS = (20, 180)
_QUOTED_CHARACTERS = 200

# What a source may say of an answer: nothing, that it passes, that its token is refused, or why it is an error.
RETRY, REFRESH = "retry", "refresh"
Judge = Callable[[requests.Response], str | None]

_BROKEN = (
    requests.exceptions.ConnectionError,
    requests.exceptions.Timeout,
    requests.exceptions.ChunkedEncodingError,
    requests.exceptions.ContentDecodingError,
)


@dataclass(frozen=True)
class _Outcome:
    """An answer, what is wrong with it, whether that passes by itself, and how long the API asks to wait."""

    answer: requests.Response | None
    problem: str = ""
    passes: bool = False
    is_refused: bool = False
    seconds_asked: float | None = None


class Token:
    """An access token that is fetched when it is first needed, and again when the API no longer takes it."""

    def __init__(self, fetch: Callable[[], str]) -> None:
        self._fetch = fetch
        self._value: str | None = None
        # Every value that it had: none may be printed.
        self.seen: set[str] = set()

    @property
    def value(self) -> str:
        """The token as it is now."""
        if self._value is None:
            self._value = self._fetch()
            self.seen.add(self._value)
        return self._value

    def forget(self) -> None:
        """The next use fetches a new one."""
        self._value = None


class PoliteSession(requests.Session):
    """Sends with at least `pause` seconds between requests, waits as long as the API asks, and retries what passes.

    `token` is a fixed text or a Token. No redirect is followed, since it would take the token elsewhere.
    """

    def __init__(
        self,
        source: str,
        secrets: Collection[str],
        token: str | Token | None = None,
        *,
        pause: float = 0.0,
        judge: Judge | None = None,
        sleep: Callable[[float], None] = time.sleep,
        first_wait: float = FIRST_WAIT_SECONDS,
        reads_json: bool = True,
    ) -> None:
        super().__init__()
        self.auth = _NoAuth()
        self.source = source
        self.requests_sent = 0
        self.retries = 0
        self._secrets = set(secrets)
        self._token = token
        self._pause = pause
        self._judge = judge
        self._sleep = sleep
        self._first_wait = first_wait
        self._reads_json = reads_json
        self._last_sent = 0.0
        self._asked: set[str] = set()

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self._sleep(seconds)

    def start_over(self) -> None:
        """Forget what was asked: another try of the same pull asks for the same pages."""
        self._asked.clear()

    def scrubbed(self, text: str) -> str:
        """The text without this session's secrets."""
        return scrubbed(text, self._secrets | (self._token.seen if isinstance(self._token, Token) else set()))

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        """The API's good answer. Raises PullError for any other."""
        hooks, request.hooks = request.hooks, default_hooks()
        options.pop("allow_redirects", None)
        options["timeout"] = options.get("timeout") or TIMEOUT_SECONDS
        where = f"{self.source}: {request.method} {urlsplit(str(request.url)).path}"
        self._refuse_repetition(request, where)
        is_renewed = False
        wait = self._first_wait
        outcome = _Outcome(None)
        for attempt in range(TRIES):
            self.retries += bool(attempt)
            outcome = self._try(request, options)
            answer = outcome.answer
            if answer is not None and not outcome.problem:
                # Hooks after the judgement: theirs would raise before a retry.
                return dispatch_hook("response", hooks, answer)
            if outcome.is_refused:
                if is_renewed or not isinstance(self._token, Token):
                    raise PullError(self._refused(where, outcome.problem, is_renewed))
                self._token.forget()
                is_renewed = True
                continue
            if not outcome.passes:
                raise PullError(f"{where}: {self.scrubbed(outcome.problem)}")
            asked = outcome.seconds_asked
            if asked is not None and asked > MAX_WAIT_SECONDS:
                raise PullError(
                    f"{where}: the API asks to wait for {asked:,.0f} seconds; expected at most "
                    f"{MAX_WAIT_SECONDS:,.0f}; run again later: the pull continues where it stopped"
                )
            if attempt < TRIES - 1:
                self._sleep(wait if asked is None else asked)
                wait *= 2 if asked is None else 1
        raise PullError(
            f"{where}: {self.scrubbed(outcome.problem)}, {TRIES} times; expected the API to recover within minutes; "
            "run again later: the pull continues where it stopped"
        )

    def _try(self, request: requests.PreparedRequest, options: dict[str, Any]) -> _Outcome:
        if (pause := self._pause - (time.monotonic() - self._last_sent)) > 0:
            self._sleep(pause)
        if self._token is not None:
            value = self._token.value if isinstance(self._token, Token) else self._token
            request.headers["Authorization"] = f"Bearer {value}"
        self.requests_sent += 1
        try:
            answer = super().send(request, allow_redirects=False, **options)
            body = answer.content
        except _BROKEN as error:
            # Of the error only its kind: its text holds the address with all parameters.
            return _Outcome(None, f"no whole answer ({type(error).__name__})", passes=True)
        finally:
            self._last_sent = time.monotonic()
        status = answer.status_code
        said = self._judge(answer) if self._judge else None
        if status == 401 or said == REFRESH:
            return _Outcome(answer, f"{status}", is_refused=True)
        if said and said != RETRY:
            return _Outcome(answer, said)
        if status == 429 or status >= 500 or said == RETRY:
            return _Outcome(answer, f"the API answers {status}", passes=True, seconds_asked=_retry_after(answer))
        if not 200 <= status < 300:
            return _Outcome(answer, _unexpected(status, body))
        try:
            if self._reads_json:
                json.loads(body)
        except ValueError:
            return _Outcome(answer, "the answer is no whole JSON", passes=True)
        return _Outcome(answer)

    def _refuse_repetition(self, request: requests.PreparedRequest, where: str) -> None:
        body = request.body if isinstance(request.body, bytes) else str(request.body or "").encode()
        asked = hashlib.blake2b(f"{request.method} {request.url}\0".encode() + body, digest_size=16).hexdigest()
        may_repeat = request.headers.pop("X-May-Repeat", None)
        if asked in self._asked and not may_repeat:
            raise PullError(
                f"{where}: the API leads back to a page that it gave before, so that the pull would never end; "
                "expected each page once; run again, and tell the API's support when it stays so",
                passing=True,
            )
        self._asked.add(asked)

    def _refused(self, where: str, status: str, is_renewed: bool) -> str:
        also = ", also with a new token" if is_renewed else ""
        return (
            f"{where}: the API refuses the credentials ({status}{also}); expected ones that are valid and may read; "
            f"renew them in the variables SOURCES__{self.source.upper()}__… and run again: the pull continues where it "
            "stopped"
        )


class _NoAuth(requests.auth.AuthBase):
    """Keeps requests from looking for a password in a .netrc file."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


def _unexpected(status: int, body: bytes) -> str:
    quoted = " ".join(body[:_QUOTED_CHARACTERS].decode("utf-8", "replace").split())
    mend = {
        403: "give the credentials the right to read it",
        404: "check the variables that name accounts and addresses",
    }.get(status, "look the answer up in the API's documentation")
    return f"the API's answer is {status} ({quoted}); expected the records; {mend} and run again"


def _retry_after(answer: requests.Response) -> float | None:
    """The seconds that the API asks to wait, given as a number or as a timestamp; none if it says nothing readable."""
    given = (answer.headers.get("Retry-After") or "").strip()
    if not given:
        return None
    try:
        return max(0.0, float(given))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(given).timestamp() - time.time())
    except (TypeError, ValueError):
        return None


def refreshed(source: str, url: str, given: Mapping[str, str], secrets: Collection[str], **more: str) -> str:
    """A new access token for a refresh token, by OAuth. What is sent stands in the body, which nothing logs."""
    body = {
        "grant_type": "refresh_token",
        "client_id": given["CLIENT_ID"],
        "refresh_token": given["REFRESH_TOKEN"],
        **({"client_secret": given["CLIENT_SECRET"]} if given.get("CLIENT_SECRET") else {}),
        **more,
    }
    return fetched_token(source, url, body, secrets)


def fetched_token(source: str, url: str, body: dict[str, str], secrets: Collection[str]) -> str:
    """What the token server gives for the credentials."""

    def judge(answer: requests.Response) -> str | None:
        return REFRESH if answer.status_code in (400, 401, 403) else None

    session = PoliteSession(source, secrets, judge=judge)
    token = session.post(url, data=body).json().get("access_token")
    if not token:
        raise PullError(
            f"{source}: the token server gives no access token; expected one for the credentials; renew them in the "
            f"variables SOURCES__{source.upper()}__… and run again: the pull continues where it stopped"
        )
    return str(token)
