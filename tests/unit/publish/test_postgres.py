"""The marts in a real PostgreSQL: all of them, as a whole, and yesterday's whenever something fails."""

from __future__ import annotations

import hashlib
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from dagster_project.publish import assets, postgres
from dagster_project.publish.keys import Keys, Reference
from dagster_project.publish.postgres import PostgresError, PostgresPublication, publish_to_postgres
from dagster_project.publish.postgres_target import PostgresTarget, parameters
from dagster_project.warehouse import Warehouse
from tests.postgres import PASSWORD, PostgresServer

# One server for the file: starting one takes seconds.
pytestmark = [pytest.mark.xdist_group("postgres"), pytest.mark.slow]

KEYS = {
    "dim_account": Keys(primary=("account_id",)),
    "fct_opportunities": Keys(("opportunity_id",), references=(Reference("account_id", "dim_account", "account_id"),)),
    'rpt_"quoted"_x': Keys(("opportunity_id", 'the "key" of'), unique=(('the "key" of', "note"),)),
}


@pytest.fixture(scope="module")
def running() -> Iterator[PostgresServer]:
    found = PostgresServer()
    yield found
    found.remove()


@pytest.fixture
def server(running: PostgresServer) -> PostgresServer:
    """The server without anything that a test before this one has left."""
    schemas = running.psql("select quote_ident(nspname) from pg_namespace where nspname !~ '^(pg_|information|public)'")
    for (schema,) in schemas:
        running.psql(f"drop schema {schema} cascade")
    for role in ("bi", '"the ""reader"" role"', "builder"):
        running.psql(f"do $$ begin drop owned by {role} cascade; drop role {role}; "
                     "exception when undefined_object then null; end $$")  # fmt: skip
    return running


def published(file: Path, generation: int = 1) -> Path:
    """A published file with tables, a view, comments and names that SQL must quote."""
    file.unlink(missing_ok=True)
    with duckdb.connect(str(file)) as connection:
        connection.execute(
            f"""
            create schema marts; create schema audit; create schema intermediate;
            create table audit.publications as
                select timestamp '2026-01-31 23:59:59' as as_of, {generation} as publication_number;
            create table marts.dim_account as
                select 'A' || n as account_id, {generation} as generation from range(2000) as numbers(n);
            create table marts.fct_opportunities as
                select
                    'O' || n as opportunity_id, 'A' || n as account_id, (n * {generation})::decimal(18, 2) as amount,
                    n % 2 = 0 as is_won, date '2026-01-01' as close_date, timestamp '2026-01-01 10:00:00.123456' as at,
                    n / 3 as share
                from range(50) as numbers(n);
            create table intermediate.int_credit as select 'O' || n as opportunity_id, n as credit from range(9) t(n);
            create view marts.fct_attribution as from intermediate.int_credit;
            create table marts."rpt_""quoted""_x" as
                select
                    'O1' as opportunity_id, null::varchar as note,
                    'it''s; "x" -- ' || chr(0) || 'ü' as "the ""key"" of";
            comment on table marts.fct_opportunities is 'One row per deal; it''s "tested".';
            comment on column marts.fct_opportunities.amount is 'In the reporting currency; 100 % of it.';
            comment on view marts.fct_attribution is 'A view.';
            comment on column marts."rpt_""quoted""_x"."the ""key"" of" is 'Quoted.';
            """
        )
    return file


def publish(server: PostgresServer, file: Path, url: str | None = None, **given: object) -> PostgresPublication:
    options = {"schema": "marts", "reader": None} | {n: given.pop(n) for n in ("schema", "reader") if n in given}
    target = PostgresTarget(parameters(url or server.url()), **options)  # type: ignore[arg-type]
    return publish_to_postgres(file, target, **({"keys": KEYS} | given))  # type: ignore[arg-type]


def generation(server: PostgresServer) -> str:
    return server.psql("select string_agg(distinct generation::text, ',') from marts.dim_account")[0][0]


def schemas(server: PostgresServer) -> list[str]:
    return [s for (s,) in server.psql("select nspname from pg_namespace where nspname ~ '^marts' order by 1")]


@contextmanager
def session(server: PostgresServer, sql: str) -> Iterator[subprocess.Popen[str]]:
    """A client that has executed a statement in a transaction and keeps it open."""
    with subprocess.Popen(
        server.psql_command(), env=server.environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as client:
        assert client.stdin and client.stdout
        client.stdin.write(f"begin; {sql};\n\\echo ready\n")
        client.stdin.flush()
        while "ready" not in client.stdout.readline():
            pass
        yield client
        client.stdin.close()
        client.wait(timeout=30)


# ---------------------------------------------------------------- what is there


def test_every_mart_is_a_table_with_its_rows_types_and_comments(server, tmp_path):
    publication = publish(server, published(tmp_path / "file.duckdb"))

    assert {table.name: table.row_count for table in publication.tables} == {
        "dim_account": 2000,
        "fct_attribution": 9,
        "fct_opportunities": 50,
        'rpt_"quoted"_x': 1,
    }
    tables = server.psql("select relname from pg_class where relnamespace = 'marts'::regnamespace and relkind = 'r'")
    assert sorted(name for (name,) in tables) == sorted(table.name for table in publication.tables)
    assert server.psql("select * from marts.fct_opportunities where opportunity_id = 'O2'") == [
        ["O2", "A2", "2.00", "t", "2026-01-01", "2026-01-01 10:00:00.123456", "0.6666666666666666"]
    ]
    # The one character that PostgreSQL can't hold is left out.
    assert server.psql('select "the ""key"" of" from marts."rpt_""quoted""_x"') == [['it\'s; "x" -- ü']]
    types = server.psql(
        "select attname, format_type(atttypid, atttypmod) from pg_attribute "
        "where attrelid = 'marts.fct_opportunities'::regclass and attnum > 0 order by attnum"
    )
    assert types == [
        ["opportunity_id", "text"],
        ["account_id", "text"],
        ["amount", "numeric(18,2)"],
        ["is_won", "boolean"],
        ["close_date", "date"],
        ["at", "timestamp without time zone"],
        ["share", "double precision"],
    ]
    comments = server.psql(
        """
        select
            obj_description('marts.fct_opportunities'::regclass),
            col_description('marts.fct_opportunities'::regclass, 3),
            obj_description('marts.fct_attribution'::regclass),
            col_description('marts."rpt_""quoted""_x"'::regclass, 3)
        """
    )
    assert comments == [
        ['One row per deal; it\'s "tested".', "In the reporting currency; 100 % of it.", "A view.", "Quoted."]
    ]
    assert server.psql("select obj_description('marts'::regnamespace)")[0][0].startswith(
        "Made by Throughline as of 2026-01-31 23:59 UTC; "
    )


def test_keys_references_and_indexes_are_there(server, tmp_path):
    publish(server, published(tmp_path / "file.duckdb"))
    constraints = server.psql(
        "select conrelid::regclass, pg_get_constraintdef(oid) from pg_constraint "
        "where connamespace = 'marts'::regnamespace order by 1, 2"
    )
    assert sorted(constraints) == [
        ['marts."rpt_""quoted""_x"', 'PRIMARY KEY (opportunity_id, "the ""key"" of")'],
        ["marts.dim_account", "PRIMARY KEY (account_id)"],
        ["marts.fct_opportunities", "FOREIGN KEY (account_id) REFERENCES marts.dim_account(account_id)"],
        ["marts.fct_opportunities", "PRIMARY KEY (opportunity_id)"],
    ]
    indexes = server.psql(
        "select indrelid::regclass, pg_get_indexdef(indexrelid, 1, true), indisunique from pg_index as i "
        "join pg_class as c on c.oid = i.indexrelid where c.relnamespace = 'marts'::regnamespace and not indisprimary"
    )
    assert sorted(indexes) == [
        ['marts."rpt_""quoted""_x"', '"the ""key"" of"', "t"],
        # A deal's credit is found without reading everybody's.
        ["marts.fct_attribution", "opportunity_id", "f"],
        ["marts.fct_opportunities", "account_id", "f"],
    ]


def test_a_key_too_long_for_an_index_costs_the_key_and_not_the_night(server, tmp_path):
    file = published(tmp_path / "file.duckdb")
    with duckdb.connect(str(file)) as connection:
        # What can't be compressed, as PostgreSQL would do first.
        connection.execute(
            "insert into marts.dim_account select string_agg(sha256(n::varchar), ''), 1 from range(99) as numbers(n)"
        )
    publication = publish(server, file, keys={"dim_account": Keys(("account_id",))})
    assert publication.warnings == ("dim_account: no index on account_id: values are too long for one",)
    assert server.psql("select count(*) from marts.dim_account") == [["2001"]]


def test_the_reader_reads_and_does_nothing_else(server, tmp_path):
    server.psql(f"""create role "the ""reader"" role" login password '{PASSWORD.replace("'", "''")}'""")
    for number in (1, 2):
        publish(server, published(tmp_path / "file.duckdb", number), reader='the "reader" role')
        assert server.psql("select min(generation) from marts.dim_account", 'the "reader" role') == [[str(number)]]
    for statement in ("delete from marts.dim_account", "create table marts.x (y int)"):
        with pytest.raises(RuntimeError, match="permission denied"):
            server.psql(statement, 'the "reader" role')


# ---------------------------------------------------------------- the swap


def test_constant_readers_never_fail_nor_wait_and_see_whole_tables(server, tmp_path):
    file = published(tmp_path / "file.duckdb", 1)
    publish(server, file)
    loop = "select 'r', count(*), min(generation), max(generation) from marts.dim_account;\n" * 20_000
    outputs = [tmp_path / f"reader-{number}" for number in range(3)]
    script = tmp_path / "loop.sql"
    script.write_text(loop)
    readers = []
    for output in outputs:
        with output.open("w") as out:
            readers.append(
                subprocess.Popen(
                    [*server.psql_command(), "-f", str(script)], env=server.environment, stdout=out,
                    stderr=subprocess.STDOUT,
                )
            )  # fmt: skip
    try:
        for number in range(2, 7):
            publish(server, published(file, number))
        last = time.monotonic() + 0.3
        while time.monotonic() < last and any(reader.poll() is None for reader in readers):
            time.sleep(0.05)
    finally:
        for reader in readers:
            reader.kill()
            reader.wait()
    for output in outputs:
        # The last line may be cut by the kill.
        lines = output.read_text().splitlines()[:-1]
        assert len(lines) > 100
        seen = {tuple(line.split("\x1f")) for line in lines}
        # Each read found one generation, and all of it.
        assert seen <= {("r", "2000", str(number), str(number)) for number in range(1, 7)}
        assert len(seen) > 1
    assert generation(server) == "6"
    assert schemas(server) == ["marts"]


def test_somebody_who_still_reads_yesterday_keeps_it_until_a_later_night(server, tmp_path, monkeypatch):
    monkeypatch.setattr(postgres, "_LOCK_TIMEOUT", "200ms")
    file = published(tmp_path / "file.duckdb", 1)
    publish(server, file)
    with session(server, "select count(*) from marts.dim_account"):
        publication = publish(server, published(file, 2))
        (warning,) = publication.warnings
        assert "holds yesterday's tables until the next night drops them: ERROR: canceling statement" in warning
        assert generation(server) == "2"
        assert len(schemas(server)) == 2
        # Neither is the next night stopped by it.
        assert len(publish(server, published(file, 3)).warnings) == 1
    assert publish(server, published(file, 4)).warnings == ()
    assert (schemas(server), generation(server)) == (["marts"], "4")


def test_views_of_others_read_today_and_keep_what_they_are(server, tmp_path):
    file = published(tmp_path / "file.duckdb", 1)
    publish(server, file)
    server.psql(
        """
        create role bi; create schema "my views"; grant usage on schema "my views" to bi;
        create view "my views"."the ""view"" of" with (security_barrier = true) as
            select generation, count(*) as n from marts.dim_account group by 1;
        create view "my views".above as select * from "my views"."the ""view"" of";
        grant select on "my views".above to bi;
        """
    )
    publish(server, published(file, 2))
    assert server.psql('select * from "my views".above') == [["2", "2000"]]
    kept = server.psql("select has_table_privilege('bi', '\"my views\".above', 'select')")
    options = server.psql("select reloptions from pg_class where relname = 'the \"view\" of'")
    assert (kept, options) == ([["t"]], [["{security_barrier=true}"]])
    assert schemas(server) == ["marts"]


def test_a_view_that_no_longer_fits_is_named_and_yesterday_stays(server, tmp_path):
    file = published(tmp_path / "file.duckdb", 1)
    publish(server, file)
    server.psql("create schema mine; create view mine.v as select generation from marts.dim_account")
    with duckdb.connect(str(file)) as connection:
        connection.execute("alter table marts.dim_account rename generation to age")
    with pytest.raises(PostgresError, match=r"swapping schema marts: .*generation.* does not exist.*mend the views"):
        publish(server, file)
    assert generation(server) == "1"
    assert server.psql("select count(*) from mine.v") == [["2000"]]


# ---------------------------------------------------------------- what stops it


def refused(server: PostgresServer, file: Path, **given: object) -> str:
    """The message of a publication that fails; it holds no secret, and the published file is as it was."""
    before = hashlib.sha256(file.read_bytes()).digest()
    with pytest.raises(PostgresError) as raised:
        publish(server, file, **given)
    assert hashlib.sha256(file.read_bytes()).digest() == before
    message = str(raised.value)
    assert PASSWORD not in message and "wrong-secret" not in message and "\n" not in message
    assert "The published file is not affected" in message
    return message


def test_a_connection_that_does_not_come_about_says_why(server, tmp_path):
    file = published(tmp_path / "file.duckdb")
    publish(server, file)
    message = refused(server, file, url=server.url(password="wrong-secret"))
    assert f"(127.0.0.1:{server.port}, database postgres)" in message
    assert 'password authentication failed for user "owner"; see that THROUGHLINE_PUBLISH_POSTGRES names' in message
    assert 'database "nowhere" does not exist' in refused(server, file, url=server.url(database="nowhere"))
    assert "Connection refused" in refused(server, file, url="host=127.0.0.1 port=9 dbname=x password=wrong-secret")
    assert "could not translate host name" in refused(server, file, url="postgresql://u:wrong-secret@no.invalid/x")
    assert generation(server) == "1"


def test_missing_rights_say_which_and_how_to_give_them(server, tmp_path):
    file = published(tmp_path / "file.duckdb")
    publish(server, file)
    server.psql(f"""create role builder login password '{PASSWORD.replace("'", "''")}'""")
    url = server.url(user="builder")
    message = refused(server, file, url=url)
    assert "user builder may not make schemas in this database" in message
    assert 'grant create on database … to "builder"' in message
    server.psql("grant create on database postgres to builder")
    message = refused(server, file, url=url)
    assert "may not replace schema marts, which isn't its own" in message
    assert 'alter schema "marts" owner to "builder"' in message
    # What was missing is enough.
    publish(server, file, url=url, schema="revenue")
    assert server.psql("select count(*) from revenue.dim_account") == [["2000"]]


def test_what_others_made_is_never_dropped(server, tmp_path):
    file = published(tmp_path / "file.duckdb", 1)
    server.psql("create schema marts; create table marts.dim_account as select 7 as generation")
    assert "schema marts holds what Throughline did not make: dim_account; move it" in refused(server, file)
    server.psql("drop table marts.dim_account")
    # An empty schema was made for the marts.
    assert publish(server, file).warnings == ()
    server.psql("create view marts.ours as select 1 as x; create table marts.budget as select 1 as x")
    assert "did not make: budget, ours" in refused(server, published(file, 2))
    server.psql("alter table marts.budget set schema public; drop view marts.ours")
    server.psql("create schema marts__new; create table marts__new.precious as select 1 as x")
    assert "schema marts__new is in the way: Throughline did not make it" in refused(server, file)
    server.psql("alter schema marts__new rename to precious")
    server.psql("create materialized view precious.m as select count(*) as n from marts.dim_account")
    assert "would keep yesterday's: precious.m" in refused(server, file)
    server.psql("drop materialized view precious.m")
    publish(server, file)
    assert generation(server) == "2"
    assert server.psql("select * from precious.precious union all select * from public.budget") == [["1"], ["1"]]
    server.psql("drop table public.budget")


def test_a_reader_that_is_no_role_is_told(server, tmp_path):
    message = refused(server, published(tmp_path / "file.duckdb"), reader="nobody here")
    assert 'no role nobody here, which THROUGHLINE_POSTGRES_READER names; `create role "nobody here" login' in message


@pytest.mark.parametrize("stage", ["_create", "_copy", "_compared", "_keys_and_indexes", "_references", "_swap"])
def test_a_server_that_dies_leaves_yesterday_and_the_next_night_goes_on(server, tmp_path, monkeypatch, stage):
    file = published(tmp_path / "file.duckdb", 1)
    publish(server, file)
    real = getattr(postgres, stage)

    def dies(*arguments: object) -> object:
        if not (server.folder / "dead").exists():
            (server.folder / "dead").touch()
            server.stop()
        return real(*arguments)

    monkeypatch.setattr(postgres, stage, dies)
    try:
        message = refused(server, published(file, 2))
    finally:
        (server.folder / "dead").unlink()
        server.start()
    monkeypatch.setattr(postgres, stage, real)
    assert "where schema marts stays as it was: " in message
    assert generation(server) == "1"
    assert publish(server, file).warnings == ()
    assert (schemas(server), generation(server)) == (["marts"], "2")


def test_a_copy_that_differs_is_not_swapped_in(server, tmp_path, monkeypatch):
    file = published(tmp_path / "file.duckdb", 1)
    publish(server, file)

    real = postgres._copy

    def changes(connection: duckdb.DuckDBPyConnection, schema: str, mart: postgres._Mart) -> None:
        real(connection, schema, mart)
        if mart.name == "fct_opportunities":
            connection.execute(
                "call postgres_execute('pg', 'update marts__new.fct_opportunities set amount = amount + 0.01 "
                "where opportunity_id = ''O7''')"
            )

    monkeypatch.setattr(postgres, "_copy", changes)
    message = refused(server, published(file, 2))
    assert "fct_opportunities has 50 rows there and 50 in the published file, or other sums" in message
    assert generation(server) == "1"


def test_a_key_that_does_not_hold_is_not_swapped_in(server, tmp_path):
    file = published(tmp_path / "file.duckdb", 1)
    publish(server, file)
    message = refused(server, published(file, 2), keys={"dim_account": Keys(("generation",))})
    assert 'making keys and indexes: ERROR: could not create unique index "dim_account_pkey"' in message
    assert generation(server) == "1"


def test_a_lock_on_the_schema_stops_the_swap_and_not_for_ever(server, tmp_path, monkeypatch):
    monkeypatch.setattr(postgres, "_LOCK_TIMEOUT", "200ms")
    file = published(tmp_path / "file.duckdb", 1)
    publish(server, file)
    with session(server, "alter schema marts rename to taken"):
        message = refused(server, published(file, 2))
    assert "swapping schema marts: ERROR: canceling statement due to lock timeout" in message
    assert generation(server) == "1"


# ---------------------------------------------------------------- the asset


def materialize(server: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dg.ExecuteInProcessResult:
    for folder in ("landing", "reference", "warehouse/published"):
        (tmp_path / folder).mkdir(parents=True, exist_ok=True)
    monkeypatch.setenv("THROUGHLINE_LANDING_DIR", str(tmp_path / "landing"))
    monkeypatch.setenv("THROUGHLINE_REFERENCE_DIR", str(tmp_path / "reference"))
    monkeypatch.setenv("THROUGHLINE_WAREHOUSE_DIR", str(tmp_path / "warehouse"))
    published(tmp_path / "warehouse" / "published" / "throughline.duckdb")
    manifest = tmp_path / "manifest.json"
    manifest.write_text('{"nodes": {}}')
    return dg.materialize(
        [assets.build_postgres_asset(manifest)], resources={"warehouse": Warehouse()}, raise_on_error=False
    )


def test_the_asset_tells_what_is_where_and_no_secret(server, tmp_path, monkeypatch, capfd):
    monkeypatch.setenv("THROUGHLINE_PUBLISH_POSTGRES", server.url())
    assert assets.is_published_to_postgres()
    result = materialize(server, tmp_path, monkeypatch)
    (event,) = result.get_asset_materialization_events()
    metadata = {name: value.value for name, value in event.materialization.metadata.items()}
    assert metadata["database"] == f"127.0.0.1:{server.port}, database postgres"
    assert (metadata["schema"], metadata["as_of"]) == ("marts", "2026-01-31 23:59 UTC")
    assert (metadata["table_count"], metadata["dagster/row_count"]) == (4, 2060)
    assert "| fct_opportunities | 50 |" in metadata["tables"]

    server.psql("create table marts.budget as select 1 as x")
    failed = materialize(server, tmp_path, monkeypatch)
    (failure,) = [event for event in failed.all_events if event.is_step_failure]
    assert "did not make: budget" in failure.step_failure_data.user_failure_data.description
    said = "".join(capfd.readouterr())
    secrets = [PASSWORD, server.url().split(":")[2].split("@")[0]]
    for text in (said, str(metadata), *(str(e) for e in [*result.all_events, *failed.all_events])):
        assert [secret for secret in secrets if secret in text] == []


def test_without_the_variable_there_is_no_asset_and_a_wrong_one_is_told_by_the_run(monkeypatch):
    monkeypatch.setenv("THROUGHLINE_PUBLISH_POSTGRES", "")
    assert not assets.is_published_to_postgres()
    monkeypatch.setenv("THROUGHLINE_PUBLISH_POSTGRES", "nonsense")
    assert assets.is_published_to_postgres()
