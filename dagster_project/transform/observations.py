"""What the asset graph shows of the attribution engine after a build: how much it looked at, and whether it adds up.

What lives here: the figures, read from what the build left. What doesn't: checks; they stop the night elsewhere.
"""

from __future__ import annotations

import dagster as dg
import duckdb

from dagster_project.engine import only_row

ATTRIBUTION_KEY = dg.AssetKey(["marts", "fct_attribution"])

# What the figures are read from: without one of them, a build of a few assets has nothing to tell.
ATTRIBUTION_SOURCES = {
    ATTRIBUTION_KEY,
    dg.AssetKey(["intermediate", "int_journeys__positions"]),
    dg.AssetKey(["marts", "rpt_model_comparison"]),
    dg.AssetKey(["marts", "rpt_reconciliation"]),
}


def attribution_observation(connection: duckdb.DuckDBPyConnection) -> dg.AssetObservation:
    """Journeys, touches, channels and the credit check, for the asset that holds the credit."""
    opportunities, journeys, touches, channels, models, amount, difference = only_row(
        connection,
        """
        select
            (select count(*) from intermediate.int_journeys__opportunities),
            (select count(distinct opportunity_key) from intermediate.int_journeys__positions),
            (select count(distinct touch_key) from intermediate.int_journeys__positions),
            (select count(distinct channel) from marts.rpt_model_comparison where channel_rank is not null),
            (select count(*) from marts.rpt_reconciliation),
            (select coalesce(max(crm_amount), 0) from marts.rpt_reconciliation),
            (select coalesce(max(abs(difference)), 0) from marts.rpt_reconciliation)
        """,
    )
    return dg.AssetObservation(
        asset_key=ATTRIBUTION_KEY,
        metadata={
            "opportunities": opportunities,
            "journeys": journeys,
            "touches": touches,
            "channels": channels,
            "models": models,
            "amount_in_each_model": f"{amount:,.2f}",
            "largest_difference_to_crm": f"{difference:,.2f}",
        },
    )
