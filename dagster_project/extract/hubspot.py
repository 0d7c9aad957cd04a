"""HubSpot: CRM records with their histories and associations, pipelines, owners, users, forms and what was filled in.

What is asked for, and how. A record lands as the API gives it: its properties, their history and its associations are
JSON in a column each, which the landing list reads.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from requests import Response

from dagster_project.extract.declared import Connection, PulledObject, PulledSource, Variable
from dagster_project.extract.hubspot_properties import RECORDS
from dagster_project.extract.session import PoliteSession

BASE_URL = "https://api.hubapi.com"
# A private app may send 100 requests in ten seconds and 5 searches in one: the slower limit is kept for all.
PAUSE_SECONDS = 0.21

SOURCE_NAME = "hubspot"


def connect(given: Mapping[str, str]) -> Connection:
    """A session with the private app's token."""
    token = given["API_KEY"]
    session = PoliteSession(SOURCE_NAME, {token}, token, pause=PAUSE_SECONDS, judge=_judge)
    return Connection(SOURCE_NAME, given, session, given.get("BASE_URL", BASE_URL))


def objects(given: Mapping[str, str]) -> tuple[PulledObject, ...]:
    """All that is pulled, in the order in which a record is needed by the next."""
    # dlt takes a second to import, which only a pull should cost.
    from dagster_project.extract import hubspot_requests as ask

    records = tuple(
        PulledObject(
            kind.landing_name,
            kind.description,
            ("id",),
            partial(ask.records, kind),
            ids=partial(ask.ids_of, kind),
        )
        for kind in RECORDS
    )
    return (
        PulledObject("owners", "Owners, archived ones too.", ("id",), ask.owners, every_time=True),
        PulledObject(
            "deal_pipelines", "Pipelines of deals with their stages.", ("id",), ask.pipelines, every_time=True
        ),
        *records,
        PulledObject(
            "deal_contacts",
            "Which contact plays which role in a deal, with label.",
            ("deal_id", "contact_id", "type_id"),
            ask.deal_contacts,
            every_time=True,
        ),
        PulledObject("forms", "Forms.", ("id",), ask.forms, every_time=True),
        PulledObject(
            "form_submissions", "Forms that were filled.", ("conversion_id",), ask.submissions, every_time=True
        ),
    )


SOURCE = PulledSource(
    SOURCE_NAME,
    "HubSpot",
    (
        Variable("API_KEY", "the access token of a private app that may read the CRM", is_secret=True),
        Variable("PROPERTIES", "further properties, such as contacts.region", is_required=False),
        Variable("GONE_PROPERTIES", "properties that no longer exist, such as contacts.region", is_required=False),
        Variable("CONFIRMED_DELETIONS", "deletions that a check asked about", is_required=False),
    ),
    connect,
    objects,
)


def _judge(answer: Response) -> str | None:
    if answer.status_code == 429 and b"DAILY" in answer.content:
        return "the account's requests of the day are used up; run again tomorrow: the pull continues where it stopped"
    return None
