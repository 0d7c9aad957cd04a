"""Where the lineage ends: those who read what is published. Nothing here is run.

What lives here: what Dagster calls external assets, so that somebody who looks at a table sees who depends on it.
"""

from __future__ import annotations

from collections.abc import Sequence

import dagster as dg

from dagster_project import rooms
from dagster_project.settings import PROJECT_ROOT

_ROOM = "readers"
# The review page's own asset; digests are sent from its folder.
_REVIEW = dg.AssetKey(["published", "review"])


def readers(published: Sequence[dg.AssetKey]) -> list[dg.AssetSpec]:
    """BI tools and digests, downstream of what is published."""
    bi = [key for key in published if key != _REVIEW]
    return [
        _reader(
            "bi_tools",
            bi,
            "Superset, Metabase, Power BI, Tableau, notebooks: whoever reads the published file or the PostgreSQL "
            "schema. docs/bi.md has the connections and a dashboard for Superset.",
            {"dashboard": dg.MetadataValue.path(str(PROJECT_ROOT / "docs" / "bi" / "superset"))},
        ),
        _reader(
            "digests",
            [key for key in published if key == _REVIEW] or bi,
            "The mail or message of a week or month that is over, and of a night that failed: sent after the night "
            "when an address is set.",
            {"settings": dg.MetadataValue.path(str(PROJECT_ROOT / "docs" / "operations.md"))},
        ),
    ]


def _reader(
    name: str, deps: Sequence[dg.AssetKey], description: str, metadata: dict[str, dg.MetadataValue]
) -> dg.AssetSpec:
    return dg.AssetSpec(
        key=[_ROOM, name],
        deps=list(deps),
        description=description,
        group_name=rooms.group(_ROOM),
        owners=rooms.owners(_ROOM),
        tags=rooms.tags(_ROOM, _ROOM),
        metadata=metadata,
        kinds={"dashboard" if name == "bi_tools" else "notification"},
    )
