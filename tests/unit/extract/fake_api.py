"""A fake API on loopback that pages, limits, fails and lies as told.

What lives here: the server and its mischief. What doesn't: what a system's API looks like (fake_hubspot.py, …).
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass
class Asked:
    """A request as it came."""

    method: str
    path: str
    params: dict[str, str]
    body: dict[str, Any]
    token: str
    number: int


@dataclass
class Answer:
    """What is sent back; `cut` sends only so many bytes of it, as if it were all."""

    body: Any
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None


@dataclass
class FakeApi:
    """`answers` is the API; each of `mischief` may answer in its place, once per entry, when it returns an answer."""

    answers: Callable[[Asked], Answer]
    mischief: list[Callable[[Asked], Answer | None]] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    url: str = ""

    def answer(self, asked: Asked) -> Answer:
        """The answer, after any mischief."""
        self.asked.append(asked)
        for trick in list(self.mischief):
            if (told := trick(asked)) is not None:
                self.mischief.remove(trick)
                return told
        return self.answers(asked)


def at(path: str, answer: Callable[[Asked], Answer] | Answer, *, skip: int = 0) -> Callable[[Asked], Answer | None]:
    """Mischief at one request of a path, after `skip` of them; it may do something without an answer of its own."""
    seen = [0]

    def trick(asked: Asked) -> Answer | None:
        if path not in asked.path:
            return None
        seen[0] += 1
        if seen[0] != skip + 1:
            return None
        return answer(asked) if callable(answer) else answer

    return trick


@contextmanager
def serving(api: FakeApi) -> Iterator[FakeApi]:
    """The API at an address of its own."""
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Headers and body go out in one packet: in two, the second waits for an acknowledgement of the first.
        wbufsize = -1

        def log_message(self, *_: Any) -> None:
            pass

        def _serve(self) -> None:
            url = urlsplit(self.path)
            length = int(self.headers.get("Content-Length") or 0)
            raw = self.rfile.read(length)
            try:
                body = json.loads(raw) if raw else {}
            except ValueError:
                body = {key: values[0] for key, values in parse_qs(raw.decode()).items()}
            params = {key: values[-1] for key, values in parse_qs(url.query, keep_blank_values=True).items()}
            token = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
            with lock:
                asked = Asked(self.command, url.path, params, body, token, len(api.asked))
                answer = api.answer(asked)
            content = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
            content = content[: answer.cut] if answer.cut is not None else content
            self.send_response(answer.status)
            for name, value in {"Content-Type": "application/json", **answer.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = _serve

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    api.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield api
    finally:
        server.shutdown()
        server.server_close()
