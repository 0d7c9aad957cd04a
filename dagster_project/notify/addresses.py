"""Where messages go: a webhook, a mail server, or both, as the environment names them.

What lives here: reading and judging the addresses. What doesn't: sending (sending.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import getaddresses
from urllib.parse import unquote, urlsplit

_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_MAIL_EXPECTED = "expected smtp://user:password@host:587 or smtps://user:password@host:465"


class AddressError(ValueError):
    """An address can't be used; the message begins with the variable and does not repeat the value, which is secret."""


@dataclass(frozen=True)
class Webhook:
    """An address that takes messages as JSON. Whoever knows it can post, so that it is shown in part."""

    url: str = field(repr=False)

    @property
    def place(self) -> str:
        """The server, without what identifies the hook."""
        return f"webhook at {urlsplit(self.url).hostname}"


@dataclass(frozen=True)
class Mail:
    """A mail server with sender and recipients. `smtps` is encrypted at once, `smtp` when the server offers it."""

    host: str
    port: int
    sender: str
    recipients: tuple[str, ...]
    is_encrypted: bool = False
    user: str = ""
    password: str = field(default="", repr=False)

    @property
    def place(self) -> str:
        """The server."""
        return f"mail server {self.host}:{self.port}"

    @property
    def is_local(self) -> bool:
        """Whether nothing that is sent leaves this machine on its way to the server."""
        return self.host in _LOOPBACK


def webhook(variable: str, value: str) -> Webhook:
    """The webhook of a variable. Raises AddressError."""
    try:
        parts = urlsplit(value)
        is_safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
        is_whole = bool(parts.hostname and (parts.port is None or parts.port > 0))
    except ValueError:
        is_safe = is_whole = False
    if not (is_safe and is_whole):
        raise AddressError(f"{variable}: expected an address that begins with https://; correct it or leave it out")
    return Webhook(value)


def mail(variables: Mapping[str, str], server: str, sender: str, recipients: str) -> Mail:
    """The mail server, sender and recipients that variables give; the arguments are the variables' names."""
    try:
        parts = urlsplit(variables[server])
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise AddressError(f"{server}: the value is no address of a mail server; {_MAIL_EXPECTED}") from None
    if parts.scheme not in {"smtp", "smtps"} or not host or parts.path not in {"", "/"}:
        raise AddressError(f"{server}: the value is no address of a mail server; {_MAIL_EXPECTED}")
    given = {name: [address for _, address in getaddresses([variables[name]])] for name in (sender, recipients)}
    for name, addresses in given.items():
        if not addresses or any("@" not in address for address in addresses):
            raise AddressError(
                f"{name}: expected {'an address' if name == sender else 'addresses, separated by commas'} such as "
                f"revenue@company.example, since {server} is set"
            )
    return Mail(
        host=host,
        port=port or (465 if parts.scheme == "smtps" else 587 if parts.username else 25),
        sender=variables[sender],
        recipients=tuple(given[recipients]),
        is_encrypted=parts.scheme == "smtps",
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
    )
