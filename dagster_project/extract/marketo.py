"""Marketo: leads, their activities, programs and who is a member of which.

Bulk exports aren't used: they share a daily volume with every other integration. Leads that changed are found by their
activities; all leads are asked for by their numbers, which are given in order.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from requests import Response

from dagster_project.extract.declared import Connection, PulledObject, PulledSource, Variable
from dagster_project.extract.session import REFRESH, RETRY, PoliteSession, Token, fetched_token
from dagster_project.settings import SettingError

# 100 requests in 20 seconds are allowed, for all integrations together.
PAUSE_SECONDS = 0.25
# Marketo forgets most activities after 25 months.
KEPT_DAYS = 760

# It answers 200 and says by number what is wrong: a token that expired; what passes; the day's quota.
_REFUSED = {"600", "601", "602"}
_PASSING = {"502", "604", "606", "608", "611", "614", "615", "713", "719", "1014", "1019"}
_QUOTA = {"607", "1029"}


def connect(given: Mapping[str, str]) -> Connection:
    """A session whose access token is fetched by the client's secret, and again when it expires after an hour."""
    url = given.get("BASE_URL", "").rstrip("/")
    if not url:
        raise SettingError(
            "SOURCES__MARKETO__BASE_URL: is missing; expected the address of the REST API without /rest, such as "
            "https://123-ABC-456.mktorest.com; set it"
        )
    secrets = {given["CLIENT_SECRET"]}
    body = {
        "grant_type": "client_credentials",
        "client_id": given["CLIENT_ID"],
        "client_secret": given["CLIENT_SECRET"],
    }
    token = Token(lambda: fetched_token("marketo", f"{url}/identity/oauth/token", body, secrets))
    session = PoliteSession("marketo", secrets, token, pause=PAUSE_SECONDS, judge=_judge)
    return Connection("marketo", given, session, url)


def objects(given: Mapping[str, str]) -> tuple[PulledObject, ...]:
    """All that is pulled."""
    from dagster_project.extract import marketo_requests as ask

    key = ("marketoGUID",)
    return (
        PulledObject("programs", "Programs with their costs.", ("id",), ask.programs, every_time=True),
        PulledObject("leads", "Leads.", ("id",), ask.leads, ids=ask.lead_ids),
        PulledObject(
            "activities",
            "Forms filled, pages visited, e-mails clicked, program statuses, new, changed and merged leads.",
            key,
            partial(ask.activities, "activities", "rest/v1/activities.json", ask.KINDS),
            first_days=KEPT_DAYS,
        ),
        PulledObject(
            "activities_delete_lead",
            "Deleted leads.",
            key,
            partial(ask.activities, "activities_delete_lead", "rest/v1/activities/deletedleads.json", ()),
            first_days=KEPT_DAYS,
        ),
        PulledObject(
            "program_membership",
            "Leads of programs, with status and success.",
            ("program_id", "lead_id"),
            ask.members,
            every_time=True,
        ),
    )


SOURCE = PulledSource(
    "marketo",
    "Marketo",
    (
        Variable("CLIENT_ID", "the custom service's client"),
        Variable("CLIENT_SECRET", "the custom service's secret", is_secret=True),
        Variable("FIELDS", "further fields of leads, such as region", is_required=False),
        Variable("GONE_FIELDS", "fields of leads that no longer exist", is_required=False),
        Variable("CONFIRMED_DELETIONS", "deletions that a check asked about", is_required=False),
    ),
    connect,
    objects,
)


def _judge(answer: Response) -> str | None:
    try:
        told = answer.json()
        errors = [] if told.get("success", True) else told.get("errors") or [{"code": "?", "message": "no reason"}]
    except (ValueError, AttributeError):
        return None
    codes = {str(error.get("code")) for error in errors}
    if codes & _REFUSED:
        return REFRESH
    if codes & _QUOTA:
        return "the day's requests are used up; run again tomorrow: the pull continues where it stopped"
    if codes & _PASSING:
        return RETRY
    if codes:
        reasons = "; ".join(f"{error.get('code')}: {error.get('message')}" for error in errors)[:300]
        return f"Marketo answers {reasons}; expected the records; give the service's role the right to read them"
    return None
