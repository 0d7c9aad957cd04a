"""Nothing of a prospect's is in clear in what is published, and nothing is readable by others."""

from __future__ import annotations

import re
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dagster_project.engine import connected
from dagster_project.publish.publisher import publish
from dagster_project.transform.assets import mart_keys
from tests.company import Company
from tests.runs import Warehouse, build_marts

CLEAR = re.compile(
    rb"prospect\.example|prospect%2eexample|170 ?1234567|ondine[^a-z]{1,3}brackwater|brackwater, ondine", re.I
)
ADDRESS = "ondine.brackwater@prospect.example"


def planted(company: Company) -> None:
    """A lead whose address, number and name stand in every free field."""
    text = f"Ondine Brackwater {ADDRESS} +49 170 1234567"
    company.user("marketer", department="Marketing")
    company.user("seller", department="Sales")
    company.lead("L1", created="2024-01-02", source=text, email=ADDRESS, FirstName="Ondine", LastName="Brackwater")
    company.account("A1", created="2024-02-01", created_by="seller", Name="Ondine Brackwater")
    company.contact("C1", account="A1", created="2024-02-01", created_by="seller")
    company.opportunity(
        "O1",
        account="A1",
        created="2024-02-01",
        created_by="seller",
        source=text,
        amount="100.00",
        won="2024-03-01",
        Name=text,
    )
    company.convert("L1", account="A1", contact="C1", opportunity="O1", at="2024-02-01")
    company.page_view(
        f"cookie {ADDRESS}",
        "2024-01-05T10:00:00Z",
        f"https://us.example/?email={ADDRESS.replace('@', '%40')}",
        id=f"hit of {ADDRESS}",
        user_id=ADDRESS,
        context_campaign_source=ADDRESS,
        context_campaign_medium="email",
        context_campaign_name="Brackwater, Ondine",
        context_campaign_content=ADDRESS.replace("@", "%40"),
        context_campaign_term="+49 170 1234567",
    )


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Company:
    return Company(tmp_path_factory.mktemp("privacy"))


@pytest.fixture(scope="module")
def published(company: Company) -> Path:
    planted(company)
    build = build_marts(company)
    return publish_marts(build, company.warehouse_dir / "published" / "throughline.duckdb")


def publish_marts(build: Warehouse, file: Path) -> Path:
    with connected(build.file) as connection:
        built = {
            name
            for (name,) in connection.execute(
                "select table_name from information_schema.tables where table_schema = 'marts'"
            ).fetchall()
        }
    return publish(
        build.file,
        file,
        marts=built & {key.path[-1] for key in mart_keys()},
        run_id="run",
        as_of=datetime(2024, 12, 31, tzinfo=UTC),
        build_id="build",
        salt="test",
    ).path


def test_no_text_of_the_published_file_tells_a_prospect(published: Path) -> None:
    found = []
    with connected(published, read_only=True) as connection:
        tables = connection.execute(
            "select table_schema, table_name from information_schema.tables order by all"
        ).fetchall()
        for schema, table in tables:
            for row in connection.execute(f'from "{schema}"."{table}"').fetchall():
                found += [f"{schema}.{table}: {cell}" for cell in row if CLEAR.search(str(cell).encode())]
        comments = connection.execute(
            "select comment from duckdb_columns() union all select comment from duckdb_tables()"
        ).fetchall()
        assert not [comment for (comment,) in comments if comment and CLEAR.search(comment.encode())]
        # The test looks at something: all of it is there, masked.
        name, source, person, touches = connection.execute(
            """
            select
                (select opportunity_name from marts.fct_opportunities),
                (select crm_lead_source from marts.fct_opportunities),
                (select email_hash from marts.dim_person where is_lead),
                (select count(*) from marts.fct_touchpoints where source like 'email-%')
            """
        ).fetchone()
    assert found == []
    assert re.fullmatch(r"name-\w{16} email-\w{16} phone-\w{16}", name)
    assert source.lower() == name.lower()
    assert f"email-{person[:16]}" in name
    assert touches == 1
    assert not CLEAR.search(published.read_bytes())


def test_masking_moves_no_number(company: Company, published: Path) -> None:
    build = Warehouse(company.warehouse_dir / "throughline.duckdb")
    for query in (
        "select channel, touch_type, occurred_at from marts.fct_touchpoints order by all",
        "select model, channel, weight, attributed_amount from marts.fct_attribution order by all",
        "select count(*), sum(won_amount), sum(leads) from marts.rpt_lead_to_revenue",
        "select count(*) from marts.explain_credit join marts.fct_touchpoints using (touchpoint_id)",
    ):
        assert Warehouse(published).rows(query) == build.rows(query)


def test_published_views_use_what_every_duckdb_from_1_3_on_reads(published: Path) -> None:
    with connected(published, read_only=True) as connection:
        casts = connection.execute(
            "select view_name from duckdb_views() where not internal and sql ilike '%enum%'"
        ).fetchall()
        enums = connection.execute(
            "select column_name from duckdb_columns() where schema_name = 'marts' and data_type ilike 'enum%'"
        ).fetchall()
    assert casts == []
    assert enums == []


def test_the_published_file_is_its_owners(published: Path) -> None:
    assert stat.S_IMODE(published.stat().st_mode) == 0o600
    assert stat.S_IMODE(published.parent.stat().st_mode) == 0o700
