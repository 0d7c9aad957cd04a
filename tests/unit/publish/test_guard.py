"""What may be published: only marts whose every blocking promise was found to hold since they were built."""

from datetime import UTC, datetime, timedelta

import duckdb
import pytest

from dagster_project.audit.schema import prepare_audit
from dagster_project.publish.guard import NotPublishable, ensure_publishable
from dagster_project.quality import builds, results
from dagster_project.quality.suites import SQL_TYPE, Expectation, Suite

AS_OF = datetime(2026, 1, 31, tzinfo=UTC)
SUITES = [
    Suite(
        table,
        "A table.",
        (),
        (
            Expectation("holds", "It holds.", "blocking", SQL_TYPE, {}, "select 1 from {batch}"),
            Expectation("nice", "It would be nice.", "warn", SQL_TYPE, {}, "select 1 from {batch}"),
        ),
    )
    for table in ("raw_salesforce.lead", "marts.fct_opportunities")
]


class Night:
    """A warehouse whose loads, builds and checks a test plays through, a minute apart."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection
        self.clock = AS_OF
        prepare_audit(connection)

    def load(self, file: str) -> None:
        self.connection.execute("insert into audit.landed_files (file) values (?)", [file])

    def build(self) -> None:
        builds.finish_build(self.connection, builds.start_build(self.connection, "run", AS_OF))

    def check(self, table: str, status: str = "passed", severity: str = "blocking") -> None:
        self.clock += timedelta(minutes=1)
        suite = next(suite for suite in SUITES if suite.table == table)
        name = suite.of_severity(severity)[0].name
        outcome = results.CheckResult(table, suite.layer, name, SQL_TYPE, None, "A promise.", severity, status)
        build = builds.latest_build(self.connection)
        results.record(
            self.connection,
            [outcome],
            run_id="run",
            checked_at=self.clock,
            as_of=AS_OF,
            load_id=builds.load_id(self.connection),
            build_id=build.build_id if build else None,
        )

    def publish(self) -> None:
        ensure_publishable(self.connection, SUITES)


@pytest.fixture
def night():
    with duckdb.connect() as connection:
        yield Night(connection)


@pytest.fixture
def good_night(night):
    """Loaded, checked, built, checked."""
    night.load("lead.csv")
    night.check("raw_salesforce.lead")
    night.build()
    night.check("marts.fct_opportunities")
    return night


def test_a_good_night_may_be_published(good_night):
    good_night.publish()


def test_a_warning_does_not_stop_it(good_night):
    good_night.check("marts.fct_opportunities", "failed", severity="warn")
    good_night.publish()


def test_nothing_was_ever_built(night):
    with pytest.raises(NotPublishable, match="never been built"):
        night.publish()


@pytest.mark.parametrize("status", ["failed", "errored"])
def test_a_broken_promise_is_named(good_night, status):
    good_night.check("marts.fct_opportunities", status)
    with pytest.raises(NotPublishable, match=rf"marts\.fct_opportunities\.holds \({status}\)") as error:
        good_night.publish()
    assert "\n" not in str(error.value)


def test_a_promise_that_holds_again_may_be_published(good_night):
    good_night.check("marts.fct_opportunities", "failed")
    good_night.check("marts.fct_opportunities")
    good_night.publish()


def test_the_last_check_counts_when_the_clock_was_put_back(good_night):
    good_night.clock -= timedelta(days=1)
    good_night.check("marts.fct_opportunities", "failed")
    with pytest.raises(NotPublishable, match=r"marts\.fct_opportunities\.holds \(failed\)"):
        good_night.publish()


def test_a_new_build_must_be_checked_again(good_night):
    good_night.build()
    with pytest.raises(NotPublishable, match=r"marts\.fct_opportunities\.holds \(not checked since the last build\)"):
        good_night.publish()


def test_a_build_on_files_that_were_not_checked_is_refused(good_night):
    good_night.load("opportunity.csv")
    good_night.build()
    good_night.check("marts.fct_opportunities")
    with pytest.raises(NotPublishable, match=r"raw_salesforce\.lead\.holds \(not checked"):
        good_night.publish()


def test_files_that_landed_after_the_build_do_not_matter_yet(good_night):
    good_night.load("opportunity.csv")
    good_night.check("raw_salesforce.lead", "failed")
    good_night.publish()


def test_a_build_that_broke_off_is_refused(good_night):
    builds.start_build(good_night.connection, "run", AS_OF)
    with pytest.raises(NotPublishable, match="broke off"):
        good_night.publish()


def test_a_promise_added_since_is_not_taken_for_kept(good_night):
    suites = [*SUITES, Suite("marts.dim_person", "New.", (), SUITES[0].expectations)]
    with pytest.raises(NotPublishable, match=r"marts\.dim_person\.holds \(not checked"):
        ensure_publishable(good_night.connection, suites)
