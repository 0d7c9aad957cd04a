"""The made-up CRM of the benchmarks is as large as it was asked to be, and the same every time."""

from __future__ import annotations

import duckdb

from bench.crm import write_crm


def test_the_crm_has_about_as_many_identifiers_as_asked_for(tmp_path):
    write_crm(tmp_path, 10_000)
    emails = f"(select Email from '{tmp_path}/salesforce/Lead.parquet')"
    (identifiers,) = duckdb.sql(
        f"select (select count(distinct Id) from '{tmp_path}/salesforce/Lead.parquet')"
        f" + (select count(distinct Id) from '{tmp_path}/salesforce/Contact.parquet')"
        f" + (select count(distinct Email) from {emails})"
        f" + (select count(distinct anonymous_id) from '{tmp_path}/segment/pages.parquet')"
    ).fetchone()
    assert 8_000 < identifiers < 11_000


def test_it_is_the_same_every_time(tmp_path):
    for name in ("one", "other"):
        write_crm(tmp_path / name, 1_000)
    for file in sorted((tmp_path / "one").rglob("*.parquet")):
        other = tmp_path / "other" / file.relative_to(tmp_path / "one")
        difference = f"(from '{file}' except all from '{other}') union all (from '{other}' except all from '{file}')"
        assert duckdb.sql(difference).fetchall() == [], file.name
