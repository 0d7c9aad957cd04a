"""The rooms of the asset graph in reading order, each with the team that answers for what is in it.

What lives here: groups, owners and tags for the UI. What doesn't: keys and descriptions, which stand with the assets.
The UI sorts groups by name, so a group's name begins with its place. A model's own `config.meta.dagster.owners` wins
over its room's team.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import dagster as dg

from dagster_project.landing.catalog import SOURCES_DIR

DATA = "team:data"
SALES = "team:revenue_operations"
MARKETING = "team:marketing_operations"

# From what a company edits and delivers to what it reads. The folders of `intermediate/` and `marts/` are rooms.
ROOMS = {
    "reference": SALES,
    "landing": DATA,
    "run": DATA,
    "staging": DATA,
    "unified": DATA,
    "accounts": SALES,
    "campaigns": MARKETING,
    "revenue": SALES,
    "identity": SALES,
    "activities": SALES,
    "spend": MARKETING,
    "touchpoints": MARKETING,
    "lifecycle": SALES,
    "journeys": MARKETING,
    "attribution": MARKETING,
    "content_use": MARKETING,
    "returns": MARKETING,
    "velocity": SALES,
    "sealing": DATA,
    "trust": DATA,
    "coverage": DATA,
    "core": DATA,
    "reports": SALES,
    "publications": DATA,
    "restatements": DATA,
    "publish": DATA,
    "readers": SALES,
}

# What a mart is about, by the first word that its name contains: its room only tells dimensions and facts from reports.
_SUBJECTS = {
    "reconciliation": "trust",
    "target": "trust",
    "integrity": "trust",
    "trust": "trust",
    "metric": "trust",
    "restatement": "trust",
    "publication": "trust",
    "sealed": "trust",
    "coverage": "coverage",
    "link_rates": "coverage",
    "consent": "coverage",
    "refused": "coverage",
    "content": "content_use",
    "seller_feedback": "content_use",
    "waiting": "velocity",
    "mql": "velocity",
    "velocity": "velocity",
    "rejections": "velocity",
    "handover": "velocity",
    "abm": "velocity",
    "stage": "lifecycle",
    "lifecycle": "lifecycle",
    "signals": "touchpoints",
    "roi": "returns",
    "time_lag": "returns",
    "spend": "spend",
    "campaign": "campaigns",
    "attribution": "attribution",
    "credit": "attribution",
    "model": "attribution",
    "channel": "attribution",
    "eligibility": "attribution",
    "touchpoints": "touchpoints",
    "web_domain": "touchpoints",
    "person": "identity",
    "account": "accounts",
    "user": "accounts",
    "opportunit": "revenue",
    "revenue": "revenue",
    "origin": "revenue",
    "deal": "revenue",
    "date": "reference",
}

# Names, addresses and phone numbers stay in front of the marts.
_WITHOUT_PERSONAL_DATA = {"marts", "reference", "published", "readers"}

# What BI tools read: the marts, with the file and the database that hold them.
_FOR_BI = {"marts", "published", "readers"}


def group(room: str, source: str | None = None) -> str:
    """The group of a room, such as `08_identity`, or of a source that lands, such as `02_salesforce`.

    A room that isn't listed comes last, without a number.
    """
    name = source or room
    return f"{list(ROOMS).index(room) + 1:02}_{name}" if room in ROOMS else name


def owners(room: str) -> list[str]:
    """Who answers for a room."""
    return [ROOMS.get(room, DATA)]


def domain(room: str, name: str) -> str:
    """What something is about: its room, and of a mart its subject."""
    if room not in {"core", "reports", "restatements"}:
        return room
    return next((subject for word, subject in _SUBJECTS.items() if word in name), room)


def tags(schema: str, room: str, name: str = "") -> dict[str, str]:
    """What the UI's search can ask for: the layer, the domain, whether BI tools read it, and whether it may hold
    personal data."""
    return {
        "layer": "raw" if schema.startswith("raw_") else schema,
        "domain": domain(room, name),
        "for_bi": "yes" if schema in _FOR_BI else "no",
        "personal_data": "no" if schema in _WITHOUT_PERSONAL_DATA else "yes",
    }


def furnished(assets: Sequence[dg.AssetsDefinition]) -> list[dg.AssetsDefinition]:
    """Assets that aren't dbt's, in their rooms, with owners, tags and a reference to where they are described."""
    with warnings.catch_warnings():
        # Dagster calls code references a beta feature, at every start, for every asset.
        warnings.simplefilter("ignore", dg.BetaWarning)
        referenced = dg.with_source_code_references(assets)
    return [asset.map_asset_specs(_furnished_spec) for asset in referenced if isinstance(asset, dg.AssetsDefinition)]


def _furnished_spec(spec: dg.AssetSpec) -> dg.AssetSpec:
    schema = spec.key.path[0]
    room, source, references = spec.group_name or "", None, {}
    if schema.startswith("raw_"):
        room, source = "landing", spec.group_name
        file = dg.LocalFileCodeReference(file_path=str(SOURCES_DIR / f"{source}.yml"), label=f"{source}.yml")
        references = {"dagster/code_references": dg.CodeReferencesMetadataValue(code_references=[file])}
    return spec.merge_attributes(
        owners=owners(room), tags=tags(schema, source or room), metadata=references
    ).replace_attributes(group_name=group(room, source))
