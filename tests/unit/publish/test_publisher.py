"""The published file: what is in it, that it replaces yesterday's as a whole, and that nothing leaves half a file."""

import hashlib
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from dagster_project.audit.schema import prepare_audit
from dagster_project.engine import connected
from dagster_project.publish import publisher
from dagster_project.publish.masking import Masker
from dagster_project.publish.publisher import PublishError, publish

AS_OF = datetime(2026, 1, 31, tzinfo=UTC)


@pytest.fixture
def build_file(tmp_path) -> Path:
    """A build file with one mart, settings with a secret, and an audit trail with somebody's address."""
    file = tmp_path / "throughline.duckdb"
    with duckdb.connect(str(file)) as connection:
        prepare_audit(connection)
        connection.execute(
            """
            create schema marts; create schema reference; create schema staging;
            create table marts.fct_opportunities as
                select 'O' || n as opportunity_id, n % 2 = 0 as is_won, n::decimal(18, 2) as amount
                from (select unnest([3, 1, 2, 4]) as n);
            comment on table marts.fct_opportunities is 'One row per deal; it''s tested.';
            comment on column marts.fct_opportunities.amount is 'In the reporting currency.';
            create view marts.rpt_lead_to_revenue as
                select sum(amount) as won_amount from marts.fct_opportunities where is_won;
            create table reference.run_context as select 'secret' as email_salt, 'EUR' as reporting_currency;
            create table staging.person as select 'jo@customer.example' as email;
            insert into audit.rejected_rows by name
                select
                    'lead.csv' as file, 3 as line,
                    'CreatedDate: ''Jo O''Neil'' is not a date' as reason, 'Jo' as record;
            insert into audit.check_results by name
                select
                    'run' as run_id, timestamp '2026-01-31' as checked_at, timestamp '2026-01-31' as as_of, layer,
                    'a table' as table_name, 'a name' as expectation, 'a type' as expectation_type,
                    'a promise' as promise, 'warn' as severity, 'failed' as status, 'files' as load_id,
                    '[{"email": "jo@customer.example"}]'::json as sample_rows, 'observed jo' as message
                from (values ('raw'), ('marts')) as layers(layer);
            create table audit.unlisted as select 'jo@customer.example' as email;
            """
        )
    return file


@pytest.fixture
def published_file(tmp_path) -> Path:
    return tmp_path / "published" / "throughline.duckdb"


def publish_now(build_file: Path, published_file: Path, run_id: str = "run", **given):
    options = {"marts": marts_of(build_file), "run_id": run_id, "as_of": AS_OF, "build_id": "build", "salt": "salt"}
    return publish(build_file, published_file, **(options | given))


def marts_of(build_file: Path) -> set[str]:
    return {
        name
        for (name,) in rows(build_file, "select table_name from information_schema.tables where table_schema = 'marts'")
    }


def rows(file: Path, sql: str) -> list[tuple]:
    with duckdb.connect(str(file), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def change(build_file: Path, sql: str) -> None:
    with duckdb.connect(str(build_file)) as connection:
        connection.execute(sql)


def test_readers_get_marts_reference_and_audit_and_nothing_else(build_file, published_file):
    publication = publish_now(build_file, published_file)

    tables = rows(
        published_file,
        "select table_schema || '.' || table_name from information_schema.tables where table_type = 'BASE TABLE'"
        " or table_schema = 'marts' order by all",
    )
    assert [table for (table,) in tables] == [
        "audit.builds",
        "audit.check_results",
        "audit.landed_files",
        "audit.publications",
        "audit.rejected_rows",
        "marts.fct_opportunities",
        "marts.rpt_lead_to_revenue",
        "reference.run_context",
    ]
    assert [(t.full_name, t.row_count) for t in publication.tables] == [
        ("marts.fct_opportunities", 4),
        ("marts.rpt_lead_to_revenue", 1),
    ]
    assert publication.size_bytes == published_file.stat().st_size


def test_a_view_stays_a_view_with_what_it_reads(build_file, published_file, tmp_path):
    change(
        build_file,
        """
        create schema intermediate;
        create table intermediate.int_journeys__positions as select 'O1' as opportunity_id, 'throughline.x' as note;
        create table intermediate.int_identity__emails as select 'jo@customer.example' as email;
        create view intermediate.int_attribution__credit as from throughline.intermediate.int_journeys__positions;
        create view intermediate.int_attribution__inner as from throughline.staging.person;
        create view marts.fct_attribution as from throughline.intermediate.int_attribution__credit;
        comment on view marts.fct_attribution is 'One row per credit.';
        """,
    )
    publication = publish_now(build_file, published_file)
    assert rows(published_file, "from marts.fct_attribution") == [("O1", "throughline.x")]
    assert rows(published_file, "select table_name from duckdb_tables() where schema_name = 'intermediate'") == [
        ("int_journeys__positions",)
    ]
    assert rows(published_file, "select comment from duckdb_views() where view_name = 'fct_attribution'") == [
        ("One row per credit.",)
    ]
    assert ("marts.fct_attribution", 1) in [(t.full_name, t.row_count) for t in publication.tables]
    # Whatever name a reader attaches the file under.
    with duckdb.connect() as reader:
        reader.execute(f"attach '{published_file}' as revenue (read_only)")
        assert reader.execute("from revenue.marts.fct_attribution").fetchall() == [("O1", "throughline.x")]


def test_a_view_on_what_stays_behind_is_refused(build_file, published_file):
    change(build_file, "create view marts.dim_person as from staging.person")
    with pytest.raises(PublishError, match=r"views that read what isn't published: marts\.dim_person$"):
        publish_now(build_file, published_file)
    assert not published_file.exists()


def test_secrets_and_personal_data_stay_behind(build_file, published_file):
    publish_now(build_file, published_file)
    assert rows(published_file, "from reference.run_context") == [("EUR",)]
    assert rows(published_file, "select file, line, reason from audit.rejected_rows") == [
        ("lead.csv", 3, "CreatedDate: '…' is not a date")
    ]
    assert "record" not in [name for name, *_ in rows(published_file, "describe audit.rejected_rows")]
    assert rows(published_file, "select layer, sample_rows, message from audit.check_results order by layer") == [
        ("marts", f'[{{"email": "{Masker("salt").token("email", "jo@customer.example")}"}}]', "observed jo"),
        ("raw", None, None),
    ]


def test_bi_tools_of_any_version_can_read_the_published_file(tmp_path, published_file):
    build_file = tmp_path / "throughline.duckdb"
    with connected(build_file) as connection:
        connection.execute("create schema marts; create table marts.dim_user as select 'U1' as user_id")
    publish_now(build_file, published_file)
    version = "select tags['storage_version'] from duckdb_databases() where not internal"
    assert rows(build_file, version) == [("v1.5.0+",)]
    assert rows(published_file, version) == [("v1.0.0+",)]


def test_rows_are_sorted_and_comments_kept(build_file, published_file):
    publish_now(build_file, published_file)
    assert [row[0] for row in rows(published_file, "from marts.fct_opportunities")] == ["O1", "O2", "O3", "O4"]
    assert rows(published_file, "select comment from duckdb_tables() where table_name = 'fct_opportunities'") == [
        ("One row per deal; it's tested.",)
    ]
    assert rows(published_file, "select comment from duckdb_columns() where column_name = 'amount'") == [
        ("In the reporting currency.",)
    ]


def test_the_same_rows_in_another_order_have_the_same_hash(build_file, published_file):
    first = publish_now(build_file, published_file)
    change(build_file, "create or replace table marts.fct_opportunities as from marts.fct_opportunities order by all")
    assert publish_now(build_file, published_file).tables == first.tables
    change(build_file, "update marts.fct_opportunities set opportunity_id = 'O5' where opportunity_id = 'O4'")
    assert publish_now(build_file, published_file).tables != first.tables


def test_every_publication_is_noted_in_both_files(build_file, published_file):
    publish_now(build_file, published_file, "monday")
    publish_now(build_file, published_file, "tuesday")
    noted = "select run_id, table_name, row_count from audit.publications order by published_at, table_name"
    expected = [
        (run, table, count)
        for run in ("monday", "tuesday")
        for table, count in (("marts.fct_opportunities", 4), ("marts.rpt_lead_to_revenue", 1))
    ]
    assert rows(published_file, noted) == expected
    assert rows(build_file, noted) == expected


def test_a_publication_whose_note_was_cut_off_is_noted_by_the_next(build_file, published_file):
    publish_now(build_file, published_file, "monday")
    change(build_file, "delete from audit.publications")
    publish_now(build_file, published_file, "tuesday")
    assert rows(build_file, "select distinct run_id from audit.publications order by all") == [
        ("monday",),
        ("tuesday",),
    ]


def test_a_mart_that_left_the_project_leaves_the_published_file(build_file, published_file):
    change(build_file, "create table marts.rpt_of_old as select 1 as n")
    change(build_file, "create table reference.of_old as select 1 as n")
    change(build_file, "create schema intermediate; create table intermediate.int_of_old as select 1 as n")
    change(build_file, "create view marts.rpt_of_old_view as from intermediate.int_of_old")
    publish_now(build_file, published_file, marts={"fct_opportunities", "rpt_lead_to_revenue"})
    assert (
        rows(published_file, "select table_name from information_schema.tables where table_name like '%of_old%'") == []
    )
    assert marts_of(published_file) == {"fct_opportunities", "rpt_lead_to_revenue"}


def test_a_mart_of_the_project_that_was_not_built_is_named(build_file, published_file):
    with pytest.raises(PublishError, match=r"marts that the build file lacks: dim_new; build every model"):
        publish_now(build_file, published_file, marts={"fct_opportunities", "dim_new"})
    assert not published_file.exists()


def test_a_later_publication_is_replaced_by_an_earlier_one_only_when_asked(build_file, published_file):
    publish_now(build_file, published_file, "sunday")
    publish_now(build_file, published_file, "sunday again")
    yesterday = digest(published_file)

    earlier = AS_OF - timedelta(days=1)
    with pytest.raises(PublishError, match=r"as of 2026-01-31 00:00 UTC.*THROUGHLINE_REPLACE_NEWER=true") as refused:
        publish_now(build_file, published_file, "saturday", as_of=earlier)
    assert "\n" not in str(refused.value)
    assert digest(published_file) == yesterday

    publish_now(build_file, published_file, "saturday, asked for", as_of=earlier, replace_newer=True)
    assert publisher.published_as_of(published_file) == earlier.replace(tzinfo=None)
    # From then on that is what later runs are compared with.
    publish_now(build_file, published_file, "saturday night", as_of=earlier + timedelta(hours=1))


def test_a_published_file_that_cannot_be_read_is_replaced(build_file, published_file):
    published_file.parent.mkdir()
    published_file.write_bytes(b"half a file")
    assert publisher.published_as_of(published_file) is None
    publish_now(build_file, published_file)
    assert publisher.published_as_of(published_file) == AS_OF.replace(tzinfo=None)


def test_publications_are_numbered_in_their_order_whatever_the_clock_says(build_file, published_file, monkeypatch):
    class PutBack(datetime):
        moment = AS_OF

        @classmethod
        def now(cls, tz=None):
            cls.moment -= timedelta(hours=1)
            return cls.moment

    monkeypatch.setattr(publisher, "datetime", PutBack)
    publish_now(build_file, published_file, "first")
    publish_now(build_file, published_file, "second", as_of=AS_OF + timedelta(days=1))
    numbered = "select distinct publication_number, run_id from audit.publications order by all"
    assert rows(published_file, numbered) == [(1, "first"), (2, "second")]
    assert publisher.published_as_of(published_file) == AS_OF.replace(tzinfo=None) + timedelta(days=1)


def test_yesterdays_file_stays_when_the_report_is_not_the_revenue(build_file, published_file):
    publish_now(build_file, published_file)
    yesterday = digest(published_file)
    change(build_file, "create or replace view marts.rpt_lead_to_revenue as select 5.00 as won_amount")
    with pytest.raises(PublishError, match=r"won revenue is 6\.00 in fct_opportunities but 5\.00"):
        publish_now(build_file, published_file)
    assert digest(published_file) == yesterday
    assert [path.name for path in published_file.parent.iterdir()] == ["throughline.duckdb"]


@pytest.mark.parametrize("difference", ["0.01", "null"])
def test_nothing_is_published_when_the_credit_is_not_tied_out(build_file, published_file, difference):
    change(build_file, f"create table marts.rpt_reconciliation as select 'linear' as model, {difference} as difference")
    with pytest.raises(PublishError, match="rpt_reconciliation has 1 rows"):
        publish_now(build_file, published_file)
    assert not published_file.exists()


def test_nothing_is_published_when_the_copy_differs(build_file, published_file, monkeypatch):
    def losing_a_row(connection, file, sources):
        write(connection, file, sources)
        change(file, "delete from marts.fct_opportunities where opportunity_id = 'O1'")

    write = publisher._write
    monkeypatch.setattr(publisher, "_write", losing_a_row)
    with pytest.raises(PublishError, match=r"marts\.fct_opportunities has 3 rows .* 4 "):
        publish_now(build_file, published_file)


def test_an_open_reader_keeps_its_file_and_the_next_connection_gets_todays(build_file, published_file):
    publish_now(build_file, published_file)
    reader = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import duckdb, sys\n"
            "c = duckdb.connect(sys.argv[1], read_only=True)\n"
            "for line in sys.stdin:\n"
            "    print(c.execute('select count(*) from marts.fct_opportunities').fetchone()[0], flush=True)\n",
            str(published_file),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )

    def ask() -> int:
        reader.stdin.write("?\n")
        reader.stdin.flush()
        return int(reader.stdout.readline())

    try:
        assert ask() == 4
        change(build_file, "insert into marts.fct_opportunities values ('O6', false, 6)")
        publish_now(build_file, published_file)
        assert ask() == 4
        assert rows(published_file, "select count(*) from marts.fct_opportunities") == [(5,)]
    finally:
        reader.communicate()


@pytest.mark.parametrize("killed_in", ["_write", "_add_publication", "audit_copy", "sync"])
def test_a_run_killed_while_publishing_leaves_yesterdays_file(build_file, published_file, killed_in):
    publish_now(build_file, published_file)
    yesterday = digest(published_file)
    change(build_file, "insert into marts.fct_opportunities values ('O6', false, 6)")

    killed = subprocess.run(
        [
            sys.executable,
            "-c",
            "import os, signal, sys\n"
            "from tests.unit.publish.test_publisher import Path, publish_now, publisher\n"
            f"original = publisher.{killed_in}\n"
            "def once_more_then_die(*arguments):\n"
            "    original(*arguments)\n"
            "    os.kill(os.getpid(), signal.SIGKILL)\n"
            f"publisher.{killed_in} = once_more_then_die\n"
            "publish_now(Path(sys.argv[1]), Path(sys.argv[2]), 'killed')\n",
            str(build_file),
            str(published_file),
        ],
        cwd=Path(__file__).parents[3],
        check=False,
    )

    assert killed.returncode == -signal.SIGKILL
    assert digest(published_file) == yesterday
    assert len(list(published_file.parent.iterdir())) > 1  # what the killed run left

    publish_now(build_file, published_file)
    assert [path.name for path in published_file.parent.iterdir()] == ["throughline.duckdb"]
    assert rows(published_file, "select count(*) from marts.fct_opportunities") == [(5,)]


def digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
