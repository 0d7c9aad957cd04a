"""From the API to raw: the loader reads what a pull landed, by the landing list, as the account holds it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import duckdb

from dagster_project.extract import hubspot
from dagster_project.landing.catalog import catalog
from dagster_project.landing.loader import load_objects
from tests.unit.extract.conftest import Pulls
from tests.unit.extract.fake_api import FakeApi, serving
from tests.unit.extract.fake_hubspot import account
from tests.unit.extract.test_hubspot import environ


def test_raw_is_what_the_account_holds(pulls: Pulls) -> None:
    held, source = account(), catalog().find_source("hubspot")
    assert source is not None
    with duckdb.connect() as warehouse, serving(FakeApi(held)) as api:
        for night in range(3):
            if night == 1:
                held.change("contacts", 3, pulls.now + timedelta(hours=1), lifecyclestage="customer")
                held.change("deals", 90, pulls.now + timedelta(hours=1), amount="99.90")
            if night == 2:
                del held.records["contacts"][4]
                pulls.now += timedelta(days=7)
            pulls.pull(hubspot.SOURCE, environ(api))
            load_objects(warehouse, source.objects, pulls.folders.landing_dir, datetime(2026, 3, 1 + night, tzinfo=UTC))
        raw = warehouse.execute(
            "select id, email, lifecyclestage, createdate from raw_hubspot.contacts "
            "where not coalesce(_deleted_by_loader, false) order by cast(id as integer)"
        ).fetchall()
        assert raw == [
            (str(r.id), r.properties["email"], r.properties["lifecyclestage"], r.created.replace(tzinfo=None))
            for r in held.records["contacts"].values()
        ]
        deleted = "select id, email from raw_hubspot.contacts where _deleted_by_loader"
        assert warehouse.execute(deleted).fetchall() == [("4", "p4@acme.example")]
        assert warehouse.execute("select amount, dealstage from raw_hubspot.deals").fetchone() == (
            Decimal("99.9"),
            "closedwon",
        )
        counts = {
            name: warehouse.execute(f"select count(*) from raw_hubspot.{name}").fetchone()
            for name in ("owners", "deal_pipelines", "deal_contacts", "engagement_calls", "forms", "form_submissions")
        }
        assert counts == {
            "owners": (2,),
            "deal_pipelines": (1,),
            "deal_contacts": (2,),
            "engagement_calls": (1,),
            "forms": (2,),
            "form_submissions": (5,),
        }
        assert warehouse.execute("select count(*) from audit.rejected_rows").fetchone() == (0,)
        linked = "select user_id, former_user_id, team_name from raw_hubspot.owners order by id"
        assert warehouse.execute(linked).fetchall() == [("700", None, "Sales"), (None, "800", None)]
        assert warehouse.execute(
            "select email, page_url, form_id from raw_hubspot.form_submissions order by conversion_id limit 1"
        ).fetchone() == ("p1@acme.example", "https://we.example/demo", "f1")
