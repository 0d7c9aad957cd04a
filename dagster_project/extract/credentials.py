"""Which sources are pulled, by the variables that the environment (or `.env`) sets.

What lives here: reading and judging the variables. What doesn't: what is done with them. Values are never printed.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from dagster_project.extract.declared import PulledSource, Variable
from dagster_project.settings import SettingError, given_settings

# Tests and proxies name another address.
BASE_URL = Variable("BASE_URL", "another address of the API, such as a proxy's", is_required=False)
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


def variable_name(source: str, variable: str) -> str:
    """`SOURCES__HUBSPOT__API_KEY`, the spelling of dlt."""
    return f"SOURCES__{source.upper()}__{variable}"


def given_variables(source: PulledSource, environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """The source's variables that are set, by their short names."""
    given = given_settings(environ)
    found = {v.name: given.get(variable_name(source.name, v.name), "").strip() for v in (*source.variables, BASE_URL)}
    return {name: value for name, value in found.items() if value}


def is_asked_for(source: PulledSource, environ: Mapping[str, str] | None = None) -> bool:
    """Whether any of its required variables is set: a half-set source is a mistake to be told, not to be skipped."""
    given = given_variables(source, environ)
    return any(variable.name in given for variable in source.variables if variable.is_required)


def complete_variables(source: PulledSource, environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """The source's variables. Raises SettingError, in one line and without values, when one is missing or unsafe."""
    given = given_variables(source, environ)
    missing = [v for v in source.variables if v.is_required and v.name not in given]
    if missing:
        names = ", ".join(f"{variable_name(source.name, v.name)} ({v.meaning})" for v in missing)
        raise SettingError(
            f"{source.title}: {names} missing, while others of its variables are set; set all of them to pull it, or "
            "none of them"
        )
    for name, value in given.items():
        if name.endswith("_URL") and not _is_safe(value):
            raise SettingError(
                f"{variable_name(source.name, name)}: expected an address that begins with https:// and holds no "
                "credentials, so that none are sent in clear; correct it or leave it out"
            )
    return given


def _is_safe(url: str) -> bool:
    parts = urlsplit(url)
    is_private = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    return is_private and not (parts.username or parts.password or parts.query)


def secrets(source: PulledSource, given: Mapping[str, str]) -> frozenset[str]:
    """The values that nothing may print."""
    return frozenset(given[v.name] for v in source.variables if v.is_secret and v.name in given)
