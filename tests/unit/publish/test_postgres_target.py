"""Connection strings: both spellings are understood, and no secret is ever said."""

from __future__ import annotations

import pytest

from dagster_project.publish.postgres_target import ConnectionStringError, PostgresTarget, parameters
from dagster_project.settings import SettingError, Settings

SECRET = "p@ss 'wo\\rd/"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            "postgresql://jo:p%40ss%2F@db:5433/bi?sslmode=require",
            {"user": "jo", "password": "p@ss/", "host": "db", "port": "5433", "dbname": "bi", "sslmode": "require"},
        ),
        ("postgres://db/bi", {"host": "db", "dbname": "bi"}),
        ("postgresql:///bi?host=/run/postgresql", {"dbname": "bi", "host": "/run/postgresql"}),
        ("postgresql://[::1]:5432/bi", {"host": "::1", "port": "5432", "dbname": "bi"}),
        ("postgresql://a:1,b:2/bi", {"host": "a,b", "port": "1,2", "dbname": "bi"}),
        ("host=db dbname = bi  user='j o'", {"host": "db", "dbname": "bi", "user": "j o"}),
        (r"password='p@ss \'wo\\rd/' host=x", {"password": SECRET, "host": "x"}),
        ("service=bi", {"service": "bi"}),
    ],
)  # fmt: skip
def test_both_spellings(text, found):
    assert parameters(text) == found
    # What is handed on means the same.
    assert parameters(PostgresTarget(found).conninfo).items() >= found.items()


@pytest.mark.parametrize(
    "text",
    ["secret", "secret/db", "host=db password=sec ret", "host=db password='secret", "postgresql://jo:sec/ret@db:x/bi",
     "postgresql://jo:secret@db:x/bi", "mysql://jo:secret@db/bi", "postgresql://jo:secret@[db/bi"],
)  # fmt: skip
def test_what_is_none_is_refused_without_being_repeated(text):
    with pytest.raises(ConnectionStringError, match="expected postgresql://user:password@host") as raised:
        parameters(text)
    assert "sec" not in str(raised.value)


def test_nothing_that_is_shown_holds_the_password():
    target = PostgresTarget({"host": "db", "port": "5433", "dbname": "bi", "password": SECRET})
    assert target.place == "db:5433, database bi"
    assert SECRET not in repr(target)
    said = f'Unable to connect to "{target.conninfo}": {SECRET} is wrong\n  really'
    assert target.without_secrets(said) == 'Unable to connect to "db:5433, database bi": … is wrong really'


def test_a_server_that_does_not_answer_is_not_waited_for_for_ever():
    assert "connect_timeout='10'" in PostgresTarget({"host": "db"}).conninfo
    assert "connect_timeout='3'" in PostgresTarget({"host": "db", "connect_timeout": "3"}).conninfo


def test_the_settings(tmp_path):
    for folder in ("seeds/sample", "seeds/reference"):
        (tmp_path / folder).mkdir(parents=True)

    def given(**variables: str) -> Settings:
        return Settings.from_environment(
            {f"THROUGHLINE_{name}": value for name, value in variables.items()}, root=tmp_path
        )

    assert given().postgres is None
    settings = given(PUBLISH_POSTGRES="postgresql://jo:secret@db/bi", POSTGRES_READER="bi", POSTGRES_SCHEMA="revenue")
    assert settings.postgres is not None
    assert (settings.postgres.schema, settings.postgres.reader) == ("revenue", "bi")
    assert "secret" not in repr(settings)
    with pytest.raises(
        SettingError, match=r"^THROUGHLINE_PUBLISH_POSTGRES: the value is no connection string"
    ) as raised:
        given(PUBLISH_POSTGRES="secret")
    assert "secret" not in str(raised.value)
    for schema in ("public", "pg_x", "x" * 33):
        with pytest.raises(SettingError, match=r"^THROUGHLINE_POSTGRES_SCHEMA: .* expected a schema of its own"):
            given(PUBLISH_POSTGRES="host=db", POSTGRES_SCHEMA=schema)
