"""What the asset graph shows of the attribution engine, on a warehouse of four tables."""

from __future__ import annotations

import duckdb

from dagster_project.transform.assets import dbt_models
from dagster_project.transform.observations import ATTRIBUTION_SOURCES, attribution_observation


def test_journeys_touches_channels_and_the_credit_check():
    connection = duckdb.connect()
    connection.execute(
        """
        create schema intermediate; create schema marts;
        create table intermediate.int_journeys__opportunities as from range(3) as numbers (opportunity_key);
        create table intermediate.int_journeys__positions as
            from (values (0, 7), (0, 8), (1, 8)) as positions (opportunity_key, touch_key);
        create table marts.rpt_model_comparison as
            from (values ('linear', 'search', 1), ('linear', 'unattributed', null))
            as compared (model, channel, channel_rank);
        create table marts.rpt_reconciliation as
            from (values ('linear', 1500.00, 0.00), ('mine', 1500.00, -0.01)) as models (model, crm_amount, difference);
        """
    )
    observation = attribution_observation(connection)
    assert observation.asset_key.path == ["marts", "fct_attribution"]
    assert {name: value.value for name, value in observation.metadata.items()} == {
        "opportunities": 3,
        "journeys": 2,
        "touches": 2,
        "channels": 1,
        "models": 2,
        "amount_in_each_model": "1,500.00",
        "largest_difference_to_crm": "0.01",
    }


def test_what_it_reads_are_assets():
    assert dbt_models.keys >= ATTRIBUTION_SOURCES
