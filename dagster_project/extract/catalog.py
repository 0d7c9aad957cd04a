"""The sources that can be pulled.

What lives here: the list. What doesn't: a source's declaration, which is a module of its own.
"""

from __future__ import annotations

from collections.abc import Mapping

from dagster_project.extract import (
    google_ads,
    hubspot,
    linkedin_ads,
    marketo,
    meta_ads,
    microsoft_ads,
    sql_database,
    stripe,
)
from dagster_project.extract.credentials import is_asked_for
from dagster_project.extract.declared import PulledSource

SOURCES: tuple[PulledSource, ...] = (
    hubspot.SOURCE,
    google_ads.SOURCE,
    linkedin_ads.SOURCE,
    marketo.SOURCE,
    meta_ads.SOURCE,
    microsoft_ads.SOURCE,
    sql_database.SOURCE,
    stripe.SOURCE,
)


def asked_for(environ: Mapping[str, str] | None = None) -> tuple[PulledSource, ...]:
    """The sources whose credentials the environment holds."""
    return tuple(source for source in SOURCES if is_asked_for(source, environ))
