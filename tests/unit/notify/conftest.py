"""Servers that messages are sent to: HTTP and SMTP, on loopback."""

from __future__ import annotations

import asyncio
import json
import ssl
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

USER, PASSWORD = "robot", "s3cret/@ word"


@dataclass
class Hook:
    """A webhook that remembers what it was told, and answers as it is told to."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    bodies: list[dict[str, Any]] = field(default_factory=list)


@pytest.fixture
def hook() -> Iterator[Hook]:
    found = Hook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.headers["Content-Type"].startswith("application/json")
            found.bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(found.answers.pop(0) if found.answers else 200)
            self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Nobody reads who asked."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        found.url = f"http://127.0.0.1:{server.server_port}/hooks/very-secret-path"
        yield found
        server.shutdown()


@dataclass
class PostOffice:
    """A mail server that remembers what came, and from whom it was encrypted and logged in."""

    port: int = 0
    refused: set[str] = field(default_factory=set)
    letters: list[EmailMessage] = field(default_factory=list)
    envelopes: list[tuple[str, list[str]]] = field(default_factory=list)
    was_encrypted: list[bool] = field(default_factory=list)
    certificate: Path | None = None

    # What aiosmtpd calls.
    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if address in self.refused:
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        letter = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(letter, EmailMessage)
        self.letters.append(letter)
        self.envelopes.append((envelope.mail_from, envelope.rcpt_tos))
        self.was_encrypted.append(session.ssl is not None)
        return "250 OK"


def _run(office: PostOffice, **options: Any) -> Controller:
    controller = Controller(office, hostname="127.0.0.1", port=0, **options)
    # Port 0: the controller looks for itself under the port that it was given, and would not find itself.
    loop = controller.loop
    server = loop.run_until_complete(controller._create_server())
    office.port = server.sockets[0].getsockname()[1]
    Thread(target=loop.run_forever, daemon=True).start()
    controller.server = server
    return controller


def _end(controller: Controller) -> None:
    async def close() -> None:
        controller.server.close()
        for task in asyncio.all_tasks():
            if task is not asyncio.current_task():
                task.cancel()

    asyncio.run_coroutine_threadsafe(close(), controller.loop).result(5)
    controller.loop.call_soon_threadsafe(controller.loop.stop)


@pytest.fixture
def post_office() -> Iterator[PostOffice]:
    """A mail server without encryption and without users."""
    office = PostOffice()
    controller = _run(office)
    yield office
    _end(controller)


@pytest.fixture
def guarded_office(tmp_path: Path) -> Iterator[PostOffice]:
    """A mail server that takes mail of one user, after STARTTLS alone, with a certificate that nobody signed."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate, "-days", "2",
         "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)

    def authenticate(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        # Not handled: the server answers by itself.
        return AuthResult(success=(data.login, data.password) == (USER.encode(), PASSWORD.encode()), handled=False)

    office = PostOffice(certificate=certificate)
    controller = _run(
        office, tls_context=context, require_starttls=True, authenticator=authenticate, auth_required=True
    )
    yield office
    _end(controller)
