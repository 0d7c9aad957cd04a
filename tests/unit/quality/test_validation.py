"""Promises evaluated by Great Expectations on a small file, once for the whole module because its import is slow."""

from pathlib import Path

import duckdb
import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from dagster_project.quality.suites import SQL_TYPE, Expectation, Suite, load_suites
from dagster_project.quality.validation import InvalidArguments, check_arguments, exception_message, validate


def promise(name, expect=SQL_TYPE, sql=None, **arguments):
    return Expectation(name, f"The promise {name} costs $5 of $amount.", "blocking", expect, arguments, sql)


SUITES = [
    Suite(
        "raw_salesforce.lead",
        "Leads.",
        ("Id",),
        (
            promise("id_unique", "expect_column_values_to_be_unique", column="Id"),
            promise("has_email", "expect_column_values_to_not_be_null", column="Email"),
            promise("mostly_email", "expect_column_values_to_not_be_null", column="Email", mostly=0.2),
            promise("pair_unique", "expect_compound_columns_to_be_unique", column_list=["Id", "Email"]),
            promise("many_rows", "expect_table_row_count_to_be_between", min_value=1000),
            promise("no_such_column", "expect_column_values_to_not_be_null", column="Phone"),
            promise("no_late_lead", sql="select \"Id\", created from {batch} where created > date '2026-01-28'"),
            promise("all_present", sql='select 1 from {batch} where "Id" is null'),
            promise("named_without_a_join", sql='select 1 from {batch} as leads where leads."Id" is null'),
            promise("broken_query", sql="select nonsense from {batch}"),
        ),
    ),
    Suite(
        "raw_salesforce.empty", "Nothing.", ("Id",), (promise("id", "expect_column_values_to_be_unique", column="Id"),)
    ),
    Suite("marts.missing", "Not built.", (), (promise("rows", "expect_table_row_count_to_be_between", min_value=1),)),
]


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory) -> Path:
    """Thirty leads, every third without an address, created on the days of January 2026."""
    file = tmp_path_factory.mktemp("warehouse") / "throughline.duckdb"
    with duckdb.connect(str(file)) as connection:
        connection.execute(
            """
            create schema raw_salesforce;
            create table raw_salesforce.lead as
                select
                    'L' || n as "Id",
                    case when n % 3 <> 0 then 'a@b.example' end as "Email",
                    date '2025-12-31' + n::integer as created
                from range(1, 31) as numbers(n);
            create table raw_salesforce.empty ("Id" varchar);
            """
        )
    return file


@pytest.fixture(scope="module")
def found(warehouse):
    results = validate(SUITES, warehouse)
    return {(result.table_name, result.expectation): result for result in results}


def of_leads(found, name):
    return found[("raw_salesforce.lead", name)]


@pytest.mark.parametrize("name", ["id_unique", "mostly_email", "pair_unique", "all_present", "named_without_a_join"])
def test_a_promise_that_holds_has_passed(found, name):
    assert of_leads(found, name).status == "passed"


def test_a_broken_promise_tells_how_many_rows_and_shows_some(found):
    result = of_leads(found, "has_email")
    assert (result.status, result.checked_rows, result.unexpected_count) == ("failed", 30, 10)
    assert len(result.sample_rows) == 10
    assert result.sample_rows[0] == {"Id": "L3", "Email": None}


def test_a_query_s_rows_are_the_sample(found):
    result = of_leads(found, "no_late_lead")
    assert (result.status, result.unexpected_count) == ("failed", 2)
    assert [row["Id"] for row in result.sample_rows] == ["L29", "L30"]


def test_a_query_is_counted_and_its_rows_are_fetched_only_when_there_are_any(warehouse):
    suite = Suite(
        "raw_salesforce.lead",
        "Leads.",
        ("Id",),
        (
            promise("kept", sql="select 1 from {batch} where created < date '1999-01-01'"),
            promise("broken", sql="select 1 from {batch} where created > date '2026-01-28'"),
        ),
    )
    asked = []

    def remember(connection, cursor, statement, *_):
        asked.append(statement)

    event.listen(Engine, "after_cursor_execute", remember)
    try:
        validate([suite], warehouse)
    finally:
        event.remove(Engine, "after_cursor_execute", remember)
    assert [len([1 for statement in asked if year in statement]) for year in ("1999", "2026")] == [1, 2]


def test_a_promise_about_the_table_tells_what_was_observed(found):
    result = of_leads(found, "many_rows")
    assert (result.status, result.unexpected_count, result.message) == ("failed", None, "observed 30")


@pytest.mark.parametrize(("name", "reason"), [("no_such_column", "Phone"), ("broken_query", "nonsense")])
def test_what_could_not_be_evaluated_has_errored_not_failed(found, name, reason):
    result = of_leads(found, name)
    assert result.status == "errored"
    assert reason in result.message and "\n" not in result.message


def test_an_empty_table_is_evaluated_and_counted(found):
    result = found[("raw_salesforce.empty", "id")]
    assert (result.status, result.checked_rows) == ("passed", 0)


def test_a_missing_table_has_errored(found):
    result = found[("marts.missing", "rows")]
    assert (result.status, result.message) == ("errored", "table marts.missing does not exist")


def test_the_file_is_released_for_the_next_step(found, warehouse):
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("create table written_afterwards as select 1")


def test_every_shipped_expectation_has_arguments_that_great_expectations_takes():
    check_arguments(load_suites())


def test_wrong_arguments_are_named_in_one_line():
    suite = Suite("marts.dim_person", "d", (), (promise("typo", "expect_column_values_to_be_unique", colum="Id"),))
    with pytest.raises(InvalidArguments, match=r"marts\.dim_person: typo: .*colum") as error:
        check_arguments([suite])
    assert "\n" not in str(error.value)


def test_exception_info_comes_as_one_record_or_as_one_per_metric():
    fine = {"raised_exception": False, "exception_message": None}
    raised = {"raised_exception": True, "exception_message": "no\ncolumn"}
    assert exception_message(fine) is None
    assert exception_message(raised) == "no column"
    assert exception_message({"metric a": fine, "metric b": raised}) == "no column"
