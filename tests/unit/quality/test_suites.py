"""The format of the files in `expectations/`, and the line that each mistake gets."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from dagster_project.landing.catalog import catalog
from dagster_project.quality.suites import EVERY_OBJECT, EXPECTATIONS_DIR, SuiteError, load_suites, suites_as_of

GOOD = """
table: marts.dim_person
description: One row per human.
id_columns: [person_id]
expectations:
  - name: id_is_unique
    promise: A person is one row.
    severity: blocking
    expect: expect_column_values_to_be_unique
    with: {column: person_id}
  - name: seen_in_the_past
    promise: Nobody was seen tomorrow.
    severity: warn
    sql: |
      select person_id from {batch} where first_seen_at > {as_of}
"""

TEMPLATE = """
expectations:
  - name: key_is_unique
    promise: No record stands twice.
    severity: blocking
    sql: |
      select {{ object.key | map('quoted') | join(', ') }} from {batch} where '{{ object.name }}' = '{as_of}'
  - name: stamped
    promise: Stamps are true.
    severity: warn
    sql: |
      {% if object.stamps %}
      select {{ object.stamps | map('quoted') | join(', ') }} from {batch}
      {% endif %}
"""


def written(folder: Path, text: str, place: str = "marts/dim_person.yml") -> Path:
    file = folder / place
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return folder


def test_a_suite_is_read(tmp_path):
    (suite,) = load_suites(written(tmp_path, GOOD))

    assert (suite.table, suite.layer, suite.id_columns) == ("marts.dim_person", "marts", ("person_id",))
    unique, past = suite.expectations
    assert (unique.name, unique.severity, unique.column_name) == ("id_is_unique", "blocking", "person_id")
    assert past.expect == "unexpected_rows_expectation" and past.column_name is None
    assert suite.of_severity("warn") == (past,)


def test_raw_schemas_are_the_raw_layer(tmp_path):
    text = GOOD.replace("marts.dim_person", "raw_salesforce.lead")
    (suite,) = load_suites(written(tmp_path, text, "raw_salesforce/lead.yml"))
    assert suite.layer == "raw"


def test_as_of_stands_for_the_run_s_logical_time_in_utc(tmp_path):
    suites = load_suites(written(tmp_path, GOOD))
    (suite,) = suites_as_of(suites, datetime(2026, 1, 31, 23, 59, 59, 999999, tzinfo=UTC))
    assert suite.expectations[1].sql.endswith("> timestamp '2026-01-31 23:59:59.999999'")
    assert "{batch}" in suite.expectations[1].sql


@pytest.mark.parametrize(
    ("was", "becomes", "message"),
    [
        ("table: marts.dim_person", "tabel: marts.dim_person", "unknown key 'tabel'; allowed are description, "),
        ("description: One row per human.\n", "", "marts/dim_person.yml: description is missing"),
        ("marts.dim_person", "dim_person", "table 'dim_person' is not of the form schema.table"),
        ("marts.dim_person", "marts.dim_account", "of table marts.dim_account belongs in marts/dim_account.yml"),
        ("promise: A person is one row.", "promise: ''", "dim_person.yml: id_is_unique: promise is missing"),
        ("severity: blocking", "severity: error", "severity 'error' is unknown; allowed are blocking, warn"),
        ("with: {column", "whit: {column", "id_is_unique: unknown key 'whit'"),
        ("values_to_be_unique", "values_to_be_uniqe", "'expect_column_values_to_be_uniqe' is no type"),
        ("name: id_is_unique", "name: Id is unique", "expectation 1 needs a name in snake_case, found 'Id is unique'"),
        ("name: seen_in_the_past", "name: id_is_unique", "the name id_is_unique is used 2 times"),
        ("from {batch}", "from marts.dim_person", "sql must name the guarded table as {batch}"),
        ("    with: {column: person_id}", "    sql: select 1 from {batch}", "give either expect"),
        ("expectations:", "expectations: [", "not readable as YAML"),
    ],
)
def test_a_mistake_gets_one_line(tmp_path, was, becomes, message):
    assert was in GOOD
    with pytest.raises(SuiteError) as error:
        load_suites(written(tmp_path, GOOD.replace(was, becomes)))
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_every_landing_object_has_the_promises_of_the_template(tmp_path):
    suites = {suite.table: suite for suite in load_suites(written(tmp_path, TEMPLATE, EVERY_OBJECT))}

    assert set(suites) == {landing_object.raw_table for landing_object in catalog().objects}
    spend = suites["raw_google_ads.daily_spend"]
    assert spend.id_columns == ("date", "account_id", "campaign_id")
    assert [promise.sql for promise in spend.expectations] == [
        """select "date", "account_id", "campaign_id" from {batch} where 'daily_spend' = '{as_of}'"""
    ], "an object without a stamp promises nothing about it"
    assert [e.name for e in suites["raw_salesforce.lead"].expectations] == ["key_is_unique", "stamped"]


def test_what_is_special_to_an_object_comes_behind_the_template(tmp_path):
    written(tmp_path, TEMPLATE, EVERY_OBJECT)
    written(tmp_path, GOOD.replace("marts.dim_person", "raw_salesforce.lead"), "raw_salesforce/lead.yml")
    (lead,) = [suite for suite in load_suites(tmp_path) if suite.table == "raw_salesforce.lead"]
    assert [e.name for e in lead.expectations] == ["key_is_unique", "stamped", "id_is_unique", "seen_in_the_past"]


@pytest.mark.parametrize(
    ("was", "becomes", "message"),
    [
        ("object.name", "object.nam", "key_is_unique: its query can't be made for chargebee.invoices: "),
        ("{% endif %}", "", "stamped: its query can't be made for chargebee.invoices: "),
        ("expectations:", "table: raw_content.assets\nexpectations:", "unknown key 'table'; allowed are expectations"),
        (
            TEMPLATE[TEMPLATE.rindex("sql: |") :].rstrip(),
            "expect: expect_table_row_count_to_be_between",
            "stamped: write it as sql",
        ),
        (
            "name: stamped",
            "name: id_is_unique",
            "raw_salesforce/lead.yml, with raw/every_object.yml: the name id_is_unique",
        ),
    ],
)
def test_a_mistake_in_the_template_gets_one_line(tmp_path, was, becomes, message):
    assert was in TEMPLATE
    written(tmp_path, TEMPLATE.replace(was, becomes), EVERY_OBJECT)
    written(tmp_path, GOOD.replace("marts.dim_person", "raw_salesforce.lead"), "raw_salesforce/lead.yml")
    with pytest.raises(SuiteError) as error:
        load_suites(tmp_path)
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_every_shipped_suite_is_well_formed():
    suites = load_suites(EXPECTATIONS_DIR)
    tables = {suite.table for suite in suites}
    assert {"raw_salesforce.opportunity", "marts.fct_opportunities", "marts.fct_attribution"} <= tables
    assert all(suite.expectations for suite in suites)
