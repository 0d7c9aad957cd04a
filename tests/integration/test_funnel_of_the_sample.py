"""The funnel reports on the shipped sample recover what its generator planted (`seeds/sample/_truth`)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.runs import Night, Warehouse
from tests.sample import AS_OF, truth


@pytest.fixture
def built(sample_night: Night) -> Warehouse:
    return sample_night.build


def test_overlaps_on_the_last_day_are_the_planted_ones(built: Warehouse) -> None:
    email_of = dict(built.rows("select user_id, email from intermediate.int_crm__users"))
    found = {
        (email_of[row["marketer_user_id"]], email_of[row["seller_user_id"]]): (
            row["marketer_accounts"],
            row["seller_accounts"],
            row["shared_accounts"],
            row["overlap"],
        )
        for row in built.records(f"from marts.rpt_abm_pairs where as_of_date = '{AS_OF[:10]}'")
    }
    planted = {
        (row["marketer"], row["seller"]): (
            int(row["marketer_accounts"]),
            int(row["seller_accounts"]),
            int(row["shared_accounts"]),
            (Decimal(row["shared_accounts"]) / Decimal(row["either"])).quantize(Decimal("0.000001")),
        )
        for row in truth("portfolio_pairs")
    }
    assert len(planted) > 10
    # Beyond those, a pair that shared an account earlier in the month and has none on its last day.
    assert {pair: found[pair] for pair in planted} == planted
    assert {found[pair][2] for pair in set(found) - set(planted)} <= {0}


def test_padded_sqls_are_refused_and_unworked_as_planted(built: Warehouse) -> None:
    """Refused after it had been an SQL is disqualified, never rejected; who was never worked has no call or meeting."""
    stages: dict[str, list[str]] = {}
    for lead, stage in built.rows(
        "select source_record_id, stage from intermediate.int_lifecycle__transitions order by entered_at, entry_number"
    ):
        stages.setdefault(lead, []).append(stage)
    worked_after_sql = {
        lead
        for (lead,) in built.rows(
            "select distinct i.identifier from intermediate.int_lifecycle__transitions t"
            " join marts.dim_person_identifier i using (person_id)"
            " join intermediate.int_lifecycle__sales_actions a using (person_id)"
            " where i.identifier_type = 'salesforce_lead' and t.stage = 'sql' and t.occurrence = 1"
            " and a.acted_at > t.entered_at and a.action_type in ('call', 'meeting')"
        )
    }
    fates = {row["lead_id"]: row["fate"] for row in truth("padded_sqls")}
    after_sql = {lead: stages[lead][stages[lead].index("sql") + 1 :][:1] for lead in fates}
    assert [after_sql[lead] for lead, fate in fates.items() if fate == "refused"] == [["disqualified"]] * 27
    assert [after_sql[lead] for lead, fate in fates.items() if fate == "never_worked"] == [[]] * 23
    assert [lead for lead, fate in fates.items() if fate == "never_worked" and lead in worked_after_sql] == []


def test_funnel_sums_to_its_facts(built: Warehouse) -> None:
    mqls = built.value("select count(*) from marts.fct_lifecycle_transitions where stage = 'mql'")
    assert built.value("select sum(mqls) from marts.rpt_pipeline_velocity") == mqls
    assert built.value("select sum(mqls) from marts.rpt_pipeline_velocity_total") == mqls
    won = built.value("select sum(amount) from marts.fct_opportunities where is_won")
    assert built.value("select sum(won_amount) from marts.rpt_revenue_scorecard") == won
    monthly = built.rows(
        "select strftime(month, '%Y-%m'), won, won_amount from marts.rpt_revenue_scorecard where won > 0"
    )
    assert set(monthly) == {
        (row["month"], int(row["won_deals"]), Decimal(row["won_usd"])) for row in truth("monthly_won")
    }
