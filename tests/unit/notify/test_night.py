"""After a night: a digest once for each period, and why a night failed, to whoever is named."""

import os
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from dagster_project.audit.schema import prepare_audit
from dagster_project.notify import night, sensors
from dagster_project.notify.messages import BrokenPromise, Failure, digests, editions, failure_message
from dagster_project.notify.night import after_night
from dagster_project.notify.sent import Sent
from dagster_project.settings import Settings

AS_OF = datetime(2026, 6, 30, 23, 59, 59, 999999)


@pytest.fixture
def settings(tmp_path, monkeypatch, hook, post_office) -> Settings:
    """A warehouse that was published as of the end of June, with both digests, and two addresses."""
    for folder in ("landing", "reference", "warehouse/published/review"):
        (tmp_path / folder).mkdir(parents=True)
    for name, value in {
        "LANDING_DIR": tmp_path / "landing",
        "REFERENCE_DIR": tmp_path / "reference",
        "WAREHOUSE_DIR": tmp_path / "warehouse",
        "AS_OF": "2026-06-30",
        "NOTIFY_WEBHOOK": hook.url,
        "NOTIFY_SMTP": f"smtp://127.0.0.1:{post_office.port}",
        "NOTIFY_FROM": "t@co.example",
        "NOTIFY_TO": "jo@co.example",
    }.items():
        monkeypatch.setenv(f"THROUGHLINE_{name}", str(value))
    settings = Settings.from_environment()
    publish(settings, AS_OF)
    return settings


def publish(settings: Settings, as_of: datetime) -> None:
    settings.published_file.unlink(missing_ok=True)
    with duckdb.connect(str(settings.published_file)) as connection:
        connection.execute("create schema audit")
        connection.execute("create table audit.publications as select ? as as_of, 1 as publication_number", [as_of])
    for kind in ("week", "month"):
        for ending, text in (("md", f"The {kind} in text"), ("html", f"<p>The {kind}</p>")):
            (settings.published_file.parent / "review" / f"digest-{kind}.{ending}").write_text(text)


@dg.asset(key=["published", "warehouse"])
def published_warehouse() -> None:
    """What succeeds."""


@dg.asset(key=["marts", "rpt_x"])
def breaks() -> None:
    raise dg.Failure(description="landing: Lead.csv, line 7: 'Jo O\"Neil' of jo@customer.example is no date")


def run(instance: dg.DagsterInstance, *assets: dg.AssetsDefinition) -> dg.DagsterRun:
    job = dg.define_asset_job("nightly", dg.AssetSelection.all(), executor_def=dg.in_process_executor)
    definitions = dg.Definitions(assets, jobs=[job])
    result = definitions.resolve_job_def("nightly").execute_in_process(instance=instance, raise_on_error=False)
    found = instance.get_run_by_id(result.run_id)
    assert found is not None
    return found


def tell(settings: Settings, *assets: dg.AssetsDefinition, warned: list[str] | None = None) -> list[str]:
    warned = [] if warned is None else warned
    with dg.DagsterInstance.ephemeral() as instance:
        return after_night(settings, instance, run(instance, *assets), warned.append, pause=0)


def test_a_good_night_sends_each_digest_once_to_each_address(settings, hook, post_office):
    told = tell(settings, published_warehouse)
    port = post_office.port
    assert told == [
        "Throughline: week 2026-W26: webhook at 127.0.0.1",
        f"Throughline: week 2026-W26: mail server 127.0.0.1:{port}",
        "Throughline: month 2026-06: webhook at 127.0.0.1",
        f"Throughline: month 2026-06: mail server 127.0.0.1:{port}",
    ]
    assert [body["text"].splitlines()[-1] for body in hook.bodies] == ["The week in text", "The month in text"]
    assert [letter["Subject"] for letter in post_office.letters] == [
        "Throughline: week 2026-W26",
        "Throughline: month 2026-06",
    ]
    assert tell(settings, published_warehouse) == []
    # The next Monday's night has a new week, and the month as it was.
    publish(settings, datetime(2026, 7, 6, 2))
    assert [line.split(": ")[1] for line in tell(settings, published_warehouse)] == ["week 2026-W27"] * 2
    # A night for an earlier day brings no old week again.
    publish(settings, datetime(2026, 6, 22, 2))
    assert tell(settings, published_warehouse) == []


def test_what_one_address_did_not_take_comes_with_the_next_night_and_to_it_alone(settings, hook, post_office):
    hook.answers = [500] * 4
    warned: list[str] = []
    assert len(tell(settings, published_warehouse, warned=warned)) == 2
    assert warned == [
        f"Not sent: {name}: webhook at 127.0.0.1 answered 500; it is tried again after the next night"
        for name in ("digest-week", "digest-month")
    ]
    assert len(tell(settings, published_warehouse)) == 2
    assert len(post_office.letters) == 2


def test_a_digest_of_another_night_is_not_sent(settings, hook):
    old = settings.published_file.stat().st_mtime - 60
    for file in (settings.published_file.parent / "review").iterdir():
        os.utime(file, (old, old))
    assert tell(settings, published_warehouse) == []
    assert hook.bodies == []


def test_a_failed_night_says_what_stopped_it_once(settings, hook, post_office):
    with dg.DagsterInstance.ephemeral() as instance:
        failed = run(instance, breaks)
        warned: list[str] = []
        assert len(after_night(settings, instance, failed, warned.append)) == 2
        # `make run` has told it; the daemon's sensor hears of the same run.
        assert after_night(settings, instance, failed, warned.append) == []
    assert warned == []
    (body,) = hook.bodies
    assert body["kind"] == "failure"
    assert "failed at: marts__rpt_x" in body["text"]
    # Values stay in the house.
    assert "Lead.csv, line 7: '…' of email-" in body["text"]
    assert "customer.example" not in body["text"] and "Neil" not in body["text"]
    assert "What readers have: the file of an earlier night, as of 2026-06-30 23:59 UTC." in body["text"]
    (letter,) = post_office.letters
    assert letter["Subject"] == "Throughline: the night of 2026-06-30 failed at marts__rpt_x"


def test_a_blocking_check_is_named_with_its_promise(settings, hook):
    @dg.asset(
        key=["marts", "rpt_x"], check_specs=[dg.AssetCheckSpec("promises", asset=["marts", "rpt_x"], blocking=True)]
    )
    def checked(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        with duckdb.connect(str(settings.build_file)) as connection:
            prepare_audit(connection)
            for number, (name, severity, status) in enumerate(
                [("sums_to_won", "blocking", "failed"), ("other", "warn", "failed"), ("third", "blocking", "passed")]
            ):
                connection.execute(
                    """
                    insert into audit.check_results by name
                    select
                        ? as run_id, timestamp '2026-06-30' as checked_at, timestamp '2026-06-30' as as_of,
                        'marts' as layer, 'marts.rpt_x' as table_name, ? as expectation, 'sql' as expectation_type,
                        'The rows sum to won revenue.' as promise, ? as severity, ? as status, 3 as unexpected_count,
                        'jo@customer.example' as message, ? as check_number, 'files' as load_id
                    """,
                    [context.run.run_id, name, severity, status, number],
                )
        return dg.MaterializeResult(check_results=[dg.AssetCheckResult(passed=False, check_name="promises")])

    @dg.asset(deps=[checked])
    def after() -> None:
        pytest.fail("the check blocks")

    tell(settings, checked, after)
    (body,) = hook.bodies
    assert "- marts.rpt_x.sums_to_won: The rows sum to won revenue. (3 rows break it)" in body["text"]
    assert "rpt_x.sums_to_won" in body["text"].splitlines()[0]
    assert "other" not in body["text"] and "third" not in body["text"] and "customer" not in body["text"]

    # The build file may be gone or taken: the run's own log still names the check.
    settings.build_file.unlink()
    with dg.DagsterInstance.ephemeral() as instance:
        failure = night.failure_of(settings, instance, run(instance, _fails_alone()).run_id)
    assert failure.broken == [BrokenPromise("marts.alone", "promises")]


def _fails_alone() -> dg.AssetsDefinition:
    @dg.asset(
        key=["marts", "alone"], check_specs=[dg.AssetCheckSpec("promises", asset=["marts", "alone"], blocking=True)]
    )
    def alone() -> dg.MaterializeResult:
        return dg.MaterializeResult(check_results=[dg.AssetCheckResult(passed=False, check_name="promises")])

    return alone


def test_nothing_that_happens_here_fails_a_night(settings, monkeypatch):
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("very-secret")

    monkeypatch.setattr(night, "send", broken)
    warned: list[str] = []
    assert tell(settings, published_warehouse, warned=warned) == []
    assert warned == ["Nothing more was sent: RuntimeError"]


def test_without_an_address_nothing_is_looked_at(settings, monkeypatch, hook):
    for name in ("WEBHOOK", "SMTP"):
        monkeypatch.setenv(f"THROUGHLINE_NOTIFY_{name}", "")
    monkeypatch.setattr(night, "_due", lambda *_: pytest.fail("nothing is due"))
    assert tell(Settings.from_environment(), published_warehouse) == []
    assert sensors._status() is dg.DefaultSensorStatus.STOPPED


def test_the_sensors_send_what_a_run_of_dagster_calls_for(settings, hook):
    assert sensors._status() is dg.DefaultSensorStatus.RUNNING
    with dg.DagsterInstance.ephemeral() as instance:
        good = run(instance, published_warehouse)
        context = dg.build_run_status_sensor_context(
            sensor_name="digests_sent", dagster_instance=instance, dagster_run=good,
            dagster_event=next(e.dagster_event for e in instance.all_logs(good.run_id) if e.dagster_event),
        )  # fmt: skip
        sensors.digests_sent(context)
    assert [body["kind"] for body in hook.bodies] == ["digest-week", "digest-month"]


# ---------------------------------------------------------------- periods and texts


@pytest.mark.parametrize(
    ("as_of", "timezone", "week", "month"),
    [
        # A Tuesday: the week that ended on Sunday. The day is over, and with it the month.
        (datetime(2026, 6, 30, 23, 59, 59, 999999, UTC), "UTC", "2026-W26", "2026-06"),
        (datetime(2026, 6, 30, 23, 59, 59, 999998, UTC), "UTC", "2026-W26", "2026-05"),
        # The company's Monday begins before UTC's.
        (datetime(2026, 6, 28, 23, 0, tzinfo=UTC), "Europe/Berlin", "2026-W26", "2026-05"),
        (datetime(2026, 6, 28, 23, 0, tzinfo=UTC), "UTC", "2026-W25", "2026-05"),
        (datetime(2026, 1, 1, 2, tzinfo=UTC), "UTC", "2025-W52", "2025-12"),
        (datetime(2027, 1, 4, 2, tzinfo=UTC), "UTC", "2026-W53", "2026-12"),
    ],
)
def test_the_last_whole_week_and_month(as_of, timezone, week, month):
    assert editions(as_of, timezone) == {"digest-week": week, "digest-month": month}


def test_a_digest_without_a_text_gets_one_from_its_page(tmp_path: Path):
    (tmp_path / "digest-week.html").write_text(
        "<html><head><title>x</title></head><style>p {}</style><h1>Won &amp; lost</h1><p>10&nbsp;€</p></html>"
    )
    (message,) = digests(tmp_path, datetime(2026, 6, 30, tzinfo=UTC), "UTC", 0)
    assert message.text == "Won & lost\n10 €"


def test_a_failure_names_no_more_checks_than_fit_a_screen():
    broken = [BrokenPromise("marts.x", f"c{number}", "It holds.", 1) for number in range(30)]
    failure = Failure("r", datetime(2026, 6, 30, tzinfo=UTC), "mart checks", broken, is_published=True)
    message = failure_message(failure, "http://docs", None)
    assert "- marts.x.c9: It holds. (1 row breaks it)\n- and 20 more" in message.text
    assert "What readers have: nothing has been published yet." in message.text


def test_a_memory_that_cannot_be_read_is_an_empty_one(tmp_path):
    (tmp_path / "sent.json").write_text("{")
    sent = Sent(tmp_path)
    sent.add("mail", "digest-week", "2026-W26")
    assert (tmp_path / "sent.json").stat().st_mode & 0o777 == 0o600
    again = Sent(tmp_path)
    assert again.has("mail", "digest-week", "2026-W26") and again.has("mail", "digest-week", "2026-W25")
    assert not again.has("mail", "digest-week", "2026-W27") and not again.has("webhook", "digest-week", "2026-W26")
