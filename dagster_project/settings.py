"""Settings of a run: the environment (and `.env`) becomes one validated, frozen object.

This module is the only reader of the environment. Defaults live here and nowhere else. Business settings
(reporting currency, timezone, lookback, …) are not here: they are reference tables, see `dagster_project/reference/`.
"""

from __future__ import annotations

import grp
import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from importlib.util import find_spec
from pathlib import Path

from dotenv import dotenv_values

from dagster_project.notify.addresses import AddressError, Mail, Webhook, mail, webhook
from dagster_project.publish.postgres_target import ConnectionStringError, PostgresTarget, parameters

PROJECT_ROOT = Path(__file__).resolve().parent.parent
SAMPLE_LANDING_DIR = PROJECT_ROOT / "seeds" / "sample"

# Runs started from the command line and by `make ui` are remembered here, unless DAGSTER_HOME names another folder.
DAGSTER_HOME = PROJECT_ROOT / ".dagster"

# `make ui` serves the data docs here, beside the UI: a browser opens no file from a link in a page.
DATA_DOCS_PORT = 3001
DATA_DOCS_URL = f"http://127.0.0.1:{DATA_DOCS_PORT}"

_LONGEST_SCHEMA = 32

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


class SettingError(ValueError):
    """A setting is wrong. The message is one line: what, where it was set, and how to mend it."""


@dataclass(frozen=True)
class Settings:
    """Where a run reads, where it writes, and which timestamp it takes for now.

    `as_of` is an aware UTC datetime. Paths are absolute. `email_salt` is mixed into the hash that stands for an
    e-mail address in the marts; blank means the warehouse's own random one (`permissions.kept_secret`).
    `replace_newer` lets a run replace a published file that is as of a later timestamp. `shared_group` may read the
    published file. `data_docs_url` is where the UI's links find the data docs. `postgres` is where the marts are
    published as well. `webhook` and `mail` are told of digests and of failed nights. `engine` is where the models run,
    `duckdb` or `spark`; Spark has a master's address and a lake folder that all of its machines reach.
    """

    landing_dir: Path
    reference_dir: Path
    warehouse_dir: Path
    as_of: datetime
    email_salt: str
    replace_newer: bool = False
    shared_group: str | None = None
    data_docs_url: str = DATA_DOCS_URL
    postgres: PostgresTarget | None = None
    webhook: Webhook | None = None
    mail: Mail | None = None
    engine: str = "duckdb"
    spark_master: str = "local[*]"
    lake_dir: Path | None = None

    @property
    def build_file(self) -> Path:
        """The file the pipeline builds in; one writer, never opened by BI tools."""
        return self.warehouse_dir / "throughline.duckdb"

    @property
    def published_file(self) -> Path:
        """The file BI tools read; replaced as a whole after every good night."""
        return self.warehouse_dir / "published" / "throughline.duckdb"

    @property
    def review_dir(self) -> Path:
        """The folder of the review page, beside the published file that it is made from."""
        return self.warehouse_dir / "published" / "review"

    @property
    def data_docs_dir(self) -> Path:
        """The folder of the page that shows every promise."""
        return self.warehouse_dir / "data_docs"

    @property
    def logs_dir(self) -> Path:
        """Where `make run` writes all that Dagster, dbt and the checks say."""
        return self.warehouse_dir / "logs"

    @classmethod
    def from_environment(
        cls,
        environ: Mapping[str, str] | None = None,
        *,
        root: Path = PROJECT_ROOT,
        now: datetime | None = None,
    ) -> Settings:
        """Read and validate the settings; `.env` in the project's root fills what the environment leaves unset.

        Relative paths count from the project's root. Raises SettingError for the first setting that is wrong;
        nothing is created or touched.
        """
        given = given_settings(environ, root)
        landing_dir = _readable_dir("THROUGHLINE_LANDING_DIR", given, "seeds/sample", root)
        return cls(
            landing_dir=landing_dir,
            reference_dir=_readable_dir("THROUGHLINE_REFERENCE_DIR", given, "seeds/reference", root),
            warehouse_dir=_writable_dir("THROUGHLINE_WAREHOUSE_DIR", given, "warehouse", root),
            as_of=_as_of("THROUGHLINE_AS_OF", given, sample_day(landing_dir), now),
            email_salt=given.get("THROUGHLINE_EMAIL_SALT", "").strip(),
            replace_newer=_yes_or_no("THROUGHLINE_REPLACE_NEWER", given),
            shared_group=_group("THROUGHLINE_SHARED_GROUP", given),
            data_docs_url=given.get("THROUGHLINE_DATA_DOCS_URL", "").strip().rstrip("/") or DATA_DOCS_URL,
            postgres=postgres_target(given),
            webhook=_webhook("THROUGHLINE_NOTIFY_WEBHOOK", given),
            mail=_mail("THROUGHLINE_NOTIFY_SMTP", "THROUGHLINE_NOTIFY_FROM", "THROUGHLINE_NOTIFY_TO", given),
            engine=_engine("THROUGHLINE_ENGINE", given),
            spark_master=given.get("THROUGHLINE_SPARK_MASTER", "").strip() or "local[*]",
            lake_dir=_writable_dir("THROUGHLINE_LAKE_DIR", given, _lake(given), root),
        )


def given_settings(environ: Mapping[str, str] | None = None, root: Path = PROJECT_ROOT) -> dict[str, str]:
    """What the environment sets, with `.env` filling what it leaves unset."""
    from_file = {k: v for k, v in dotenv_values(root / ".env").items() if v is not None}
    return {**from_file, **(os.environ if environ is None else environ)}


def _path(variable: str, given: Mapping[str, str], default: str, root: Path) -> Path:
    value = given.get(variable, "").strip() or default
    # normpath, not resolve: a landing folder behind a symbolic link keeps the name that its owner gave it.
    return Path(os.path.normpath(root / Path(value).expanduser()))


def _readable_dir(variable: str, given: Mapping[str, str], default: str, root: Path) -> Path:
    path = _path(variable, given, default, root)
    if not path.exists():
        raise SettingError(
            f"{variable}: folder {path} does not exist; create it or point {variable} at an existing folder"
        )
    if not path.is_dir():
        raise SettingError(f"{variable}: {path} is not a folder; point {variable} at the folder that holds the files")
    if not os.access(path, os.R_OK | os.X_OK):
        raise SettingError(f"{variable}: folder {path} can't be read; grant this user read access to it")
    return path


def _writable_dir(variable: str, given: Mapping[str, str], default: str, root: Path) -> Path:
    path = _path(variable, given, default, root)
    existing = path
    while not existing.exists() and existing != existing.parent:
        existing = existing.parent
    if not existing.is_dir():
        raise SettingError(f"{variable}: {existing} is not a folder; point {variable} at a folder that can be written")
    if not os.access(existing, os.W_OK | os.X_OK):
        raise SettingError(
            f"{variable}: folder {path} can't be written; grant this user write access or choose another folder"
        )
    return path


def _yes_or_no(variable: str, given: Mapping[str, str]) -> bool:
    value = given.get(variable, "").strip().lower()
    if value not in {"", "true", "false"}:
        raise SettingError(f"{variable}: {value!r} is neither true nor false; write one of them or leave it out")
    return value == "true"


def _engine(variable: str, given: Mapping[str, str]) -> str:
    """Where the models run. Spark's packages and Java are no part of an installation, so they may be missing."""
    value = given.get(variable, "").strip().lower() or "duckdb"
    if value not in {"duckdb", "spark"}:
        raise SettingError(f"{variable}: {value!r} is no engine; write duckdb or spark, or leave it out")
    if value == "spark":
        if find_spec("pyspark") is None or find_spec("dbt.adapters.spark") is None:
            raise SettingError(
                f"{variable}: spark needs PySpark and dbt-spark, which this environment lacks; use make run-spark, "
                "which has an environment of its own, or install what requirements-spark.lock lists"
            )
        java = Path(os.environ.get("JAVA_HOME", "/nowhere")) / "bin" / "java"
        if not java.exists() and shutil.which("java") is None:
            raise SettingError(f"{variable}: spark needs Java 17 or 21, and there is none; install it or set JAVA_HOME")
    return value


def _lake(given: Mapping[str, str]) -> str:
    """The lake folder's default: beside the build file."""
    return str(Path(given.get("THROUGHLINE_WAREHOUSE_DIR", "").strip() or "warehouse") / "lake")


def _group(variable: str, given: Mapping[str, str]) -> str | None:
    """A group of this machine that the user belongs to: nobody else may hand files to it."""
    value = given.get(variable, "").strip()
    if not value:
        return None
    try:
        group = grp.getgrnam(value)
    except KeyError:
        raise SettingError(
            f"{variable}: there is no group {value!r} on this machine; name one that BI tools' user belongs to"
        ) from None
    if os.geteuid() != 0 and group.gr_gid not in {os.getegid(), *os.getgroups()}:
        raise SettingError(
            f"{variable}: this user is not in group {value!r}, so it can't hand files to it; add the user to the group"
        )
    return value


def postgres_target(given: Mapping[str, str]) -> PostgresTarget | None:
    """Where the marts are published in PostgreSQL; a message never repeats the value, which may hold a password."""
    value = given.get("THROUGHLINE_PUBLISH_POSTGRES", "").strip()
    schema = given.get("THROUGHLINE_POSTGRES_SCHEMA", "").strip() or "marts"
    reader = given.get("THROUGHLINE_POSTGRES_READER", "").strip() or None
    if not value:
        return None
    try:
        found = parameters(value)
    except ConnectionStringError as error:
        raise SettingError(f"THROUGHLINE_PUBLISH_POSTGRES: the value {error}") from None
    # PostgreSQL cuts names after 63 bytes, and yesterday's schema gets a longer name for a moment.
    if len(schema.encode()) > _LONGEST_SCHEMA or schema.startswith("pg_") or schema == "public":
        raise SettingError(
            f"THROUGHLINE_POSTGRES_SCHEMA: {schema!r} can't be replaced every night; expected a schema of its own, "
            f"other than public and pg_…, of {_LONGEST_SCHEMA} bytes at most"
        )
    return PostgresTarget(found, schema, reader)


def _webhook(variable: str, given: Mapping[str, str]) -> Webhook | None:
    value = given.get(variable, "").strip()
    try:
        return webhook(variable, value) if value else None
    except AddressError as error:
        raise SettingError(str(error)) from None


def _mail(server: str, sender: str, recipients: str, given: Mapping[str, str]) -> Mail | None:
    variables = {name: given.get(name, "").strip() for name in (server, sender, recipients)}
    try:
        return mail(variables, server, sender, recipients) if variables[server] else None
    except AddressError as error:
        raise SettingError(str(error)) from None


def sample_day(landing_dir: Path) -> str | None:
    """The last day of the shipped sample, if that is the landing folder.

    The sample is a story that ends: as of any later day its open opportunities would be overdue and its numbers others.
    """
    file = landing_dir / "_truth" / "as_of.txt"
    is_sample = landing_dir.resolve() == SAMPLE_LANDING_DIR.resolve()
    return file.read_text(encoding="ascii").strip() if is_sample and file.exists() else None


def _as_of(variable: str, given: Mapping[str, str], default: str | None, now: datetime | None) -> datetime:
    """A date means its last microsecond; a timestamp without an offset is UTC."""
    value = given.get(variable, "").strip() or default
    if not value:
        return now or datetime.now(UTC)
    try:
        if _DATE.fullmatch(value):
            return datetime.combine(date.fromisoformat(value), time.max, tzinfo=UTC)
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise SettingError(
            f"{variable}: {value!r} is neither a date (2026-01-31) nor a timestamp (2026-01-31T02:00:00+00:00); "
            "write it as one of them"
        ) from None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
