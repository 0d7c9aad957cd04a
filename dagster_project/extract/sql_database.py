"""Any SQL database: its tables by a mapping file, into the folders of the sources that they are.

A table with a column of changes is asked for what changed, another one whole each night. Where a database keeps its
timestamps in a zone of its own, the day of overlap covers it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from pathlib import Path

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from dagster_project.extract.declared import Connection, PulledObject, PulledSource, Variable
from dagster_project.extract.session import PoliteSession
from dagster_project.extract.sql_mapping import read_mapping
from dagster_project.settings import SettingError

OVERLAP = timedelta(days=1)


def connect(given: Mapping[str, str]) -> Connection:
    """The database's address; it is opened table by table."""
    url = given["CREDENTIALS"]
    try:
        password = make_url(url).password
    except ArgumentError:
        raise SettingError(
            "SOURCES__SQL_DATABASE__CREDENTIALS: expected an address such as "
            "postgresql+psycopg://user:password@host/name; correct it"
        ) from None
    secrets = {url, *([str(password)] if password else [])}
    return Connection("sql_database", given, PoliteSession("sql_database", secrets), url)


def objects(given: Mapping[str, str]) -> tuple[PulledObject, ...]:
    """The tables of the mapping file."""
    from dagster_project.extract import catalog
    from dagster_project.extract import sql_tables as ask

    if "MAPPING" not in given:
        raise SettingError("SOURCES__SQL_DATABASE__MAPPING: is missing; expected the path of the mapping file; set it")
    tables = read_mapping(Path(given["MAPPING"]))
    others = {source.name for source in catalog.asked_for()}
    if twice := sorted({table.source for table in tables} & others):
        raise SettingError(
            f"{given['MAPPING']}: tables land in {twice[0]}, which is pulled from its own API, too; expected one of "
            f"them, since nobody can tell which holds; remove the tables or SOURCES__{twice[0].upper()}__…"
        )
    return tuple(
        PulledObject(
            table.object,
            f"Table {table.table} of the database.",
            table.key,
            partial(ask.records, table),
            overlap=OVERLAP,
            every_time=table.changed is None,
            ids=partial(ask.ids, table),
            lands_in=table.source,
        )
        for table in tables
    )


SOURCE = PulledSource(
    "sql_database",
    "SQL database",
    (
        Variable(
            "CREDENTIALS", "the database's address with user and password, as SQLAlchemy writes it", is_secret=True
        ),
        Variable("MAPPING", "the path of the mapping file"),
        Variable("CONFIRMED_DELETIONS", "deletions that a check asked about", is_required=False),
    ),
    connect,
    objects,
)
