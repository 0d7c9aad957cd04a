"""Where the marts go in PostgreSQL: the connection string that was set, taken apart so that no secret is ever shown.

What lives here: libpq's two spellings of a connection string, what may be said of it, and what a message must not hold.
What doesn't: any SQL (postgres.py).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit

EXPECTED = "expected postgresql://user:password@host:5432/database or host=… port=… dbname=… user=… password=…"

_URL = re.compile(r"postgres(?:ql)?://", re.IGNORECASE)
_PAIR = re.compile(r"\s*([a-z_]+)\s*=\s*('(?:\\.|[^'\\])*'|(?:\\.|[^\s'\\])*)(?=\s|\Z)", re.IGNORECASE)
_SECRETS = {"password", "sslpassword", "oauth_client_secret", "scram_client_key", "scram_server_key"}

# What libpq would wait for without end: a server that does not answer, and one that dies in the middle of a copy.
_DEFAULTS = {
    "connect_timeout": "10",
    "keepalives_idle": "30",
    "tcp_user_timeout": "60000",
    "application_name": "throughline",
}


class ConnectionStringError(ValueError):
    """The text is no connection string; the message does not repeat it, since it may hold a password."""


@dataclass(frozen=True)
class PostgresTarget:
    """A schema of a PostgreSQL database, and the role that may read it. Its representation holds no secret."""

    parameters: Mapping[str, str] = field(repr=False)
    schema: str = "marts"
    reader: str | None = None

    @property
    def conninfo(self) -> str:
        """The connection string for libpq, password included."""
        given = {**_DEFAULTS, **self.parameters}
        return " ".join(f"{name}='{_escaped(value)}'" for name, value in given.items())

    @property
    def place(self) -> str:
        """Server and database, as a person would name them."""
        host = self.parameters.get("host") or self.parameters.get("hostaddr")
        if not host:
            host = f"service {self.parameters['service']}" if "service" in self.parameters else "the default server"
        port = self.parameters.get("port")
        database = self.parameters.get("dbname")
        return f"{host}{f':{port}' if port else ''}{f', database {database}' if database else ''}"

    def without_secrets(self, text: str) -> str:
        """A message in one line, without the connection string and what is secret in it."""
        shown = text.replace(self.conninfo, self.place)
        for name in _SECRETS & self.parameters.keys():
            for value in {self.parameters[name], _escaped(self.parameters[name])} - {""}:
                shown = shown.replace(value, "…")
        return " ".join(shown.split())


def parameters(text: str) -> dict[str, str]:
    """The parameters of a connection string. Raises ConnectionStringError when it is none."""
    return _of_url(text) if _URL.match(text) else _of_pairs(text)


def _of_url(text: str) -> dict[str, str]:
    try:
        parts = urlsplit(text)
        options = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
    except ValueError:
        raise ConnectionStringError(f"is no address of a database; {EXPECTED}") from None
    user_info, _, servers = parts.netloc.rpartition("@")
    user, _, password = user_info.partition(":")
    hosts, ports = [], []
    for server in servers.split(","):
        host, port = server, ""
        if match := re.fullmatch(r"(\[[^\]]*\]|[^:]*)(?::(\d*))?", server):
            host, port = match[1].strip("[]"), match[2] or ""
        elif server:
            raise ConnectionStringError(
                "names a server that can't be read: what stands after the colon is no port, or an @, : or / of the "
                f"password is not written %40, %3A or %2F; {EXPECTED}"
            )
        hosts.append(unquote(host))
        ports.append(port)
    found = {
        "user": unquote(user),
        "password": unquote(password),
        "host": ",".join(hosts),
        "port": ",".join(ports) if any(ports) else "",
        "dbname": unquote(parts.path.lstrip("/")),
    }
    return {name: value for name, value in {**found, **dict(options)}.items() if value}


def _of_pairs(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    position = 0
    while position < len(text.rstrip()):
        match = _PAIR.match(text, position)
        if not match:
            raise ConnectionStringError(f"is no connection string; {EXPECTED}")
        value = match[2][1:-1] if match[2].startswith("'") else match[2]
        found[match[1].lower()] = re.sub(r"\\(.)", r"\1", value)
        position = match.end()
    return found


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace("'", "\\'")
