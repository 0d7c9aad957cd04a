"""The suites in `expectations/`: YAML files become validated, frozen objects.

What lives here: the file format, its errors, and the template that every landing object is given. What doesn't: Great
Expectations itself, whose import takes seconds; it is only looked at as a folder of files, to know the names of its
expectations.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

import yaml
from jinja2 import Environment, StrictUndefined, Template, TemplateError

from dagster_project.engine import identifier
from dagster_project.landing.catalog import LandingObject, catalog
from dagster_project.settings import PROJECT_ROOT
from dagster_project.yaml_files import read_yaml

EXPECTATIONS_DIR = PROJECT_ROOT / "expectations"

# What holds of every landing object: a file without a table, whose queries are Jinja templates over `object`.
EVERY_OBJECT = "raw/every_object.yml"

Severity = Literal["blocking", "warn"]
SEVERITIES = ("blocking", "warn")

# The type that results carry for an expectation written as SQL; Great Expectations' own name for it.
SQL_TYPE = "unexpected_rows_expectation"

_SUITE_KEYS = {"table", "description", "id_columns", "expectations"}
_TEMPLATE_KEYS = {"expectations"}
_EXPECTATION_KEYS = {"name", "promise", "severity", "expect", "with", "sql"}
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_TABLE = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*")


class SuiteError(ValueError):
    """A suite is wrong. The message is one line: file, expectation, what is wrong, and what would be right."""


@dataclass(frozen=True)
class Expectation:
    """One promise about a table.

    `expect` is the Great Expectations type and `arguments` its keyword arguments; an expectation written as SQL has
    type `unexpected_rows_expectation` and the query, which returns the rows that break the promise, in `sql`. There,
    `{batch}` stands for the guarded table and `{as_of}` for the run's logical time. What holds of every landing object
    comes from the template, and holds of an object without deliveries, whatever it asks.
    """

    name: str
    promise: str
    severity: Severity
    expect: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    sql: str | None = None
    is_of_every_object: bool = False

    def query_on(self, table: str) -> str:
        """The query of an expectation written as SQL, on the guarded table."""
        # As Great Expectations takes braces: {batch} is the table, {{ }} are literal ones.
        return (self.sql or "").rstrip("; \n").format(batch=table)

    @property
    def column_name(self) -> str | None:
        """The column or columns the promise is about; none for a promise about the table or written as SQL."""
        columns = self.arguments.get("column_list") or [
            self.arguments[key] for key in ("column", "column_A", "column_B") if key in self.arguments
        ]
        return ", ".join(columns) or None


@dataclass(frozen=True)
class Suite:
    """The promises about one table. `id_columns` name the columns by which a sample row is found again."""

    table: str
    description: str
    id_columns: tuple[str, ...]
    expectations: tuple[Expectation, ...]

    @property
    def schema(self) -> str:
        return self.table.split(".")[0]

    @property
    def layer(self) -> str:
        """raw, staging, intermediate or marts."""
        return "raw" if self.schema.startswith("raw_") else self.schema

    def of_severity(self, severity: Severity) -> tuple[Expectation, ...]:
        return tuple(e for e in self.expectations if e.severity == severity)


def suites_as_of(suites: Sequence[Suite], as_of: datetime) -> list[Suite]:
    """The suites with `{as_of}` in their queries replaced by the timestamp, in UTC."""
    moment = as_of.astimezone(UTC) if as_of.tzinfo else as_of
    literal = f"timestamp '{moment:%Y-%m-%d %H:%M:%S.%f}'"
    return [
        replace(
            suite,
            expectations=tuple(
                replace(e, sql=e.sql.replace("{as_of}", literal)) if e.sql else e for e in suite.expectations
            ),
        )
        for suite in suites
    ]


def load_suites(folder: Path = EXPECTATIONS_DIR) -> tuple[Suite, ...]:
    """Every suite below the folder, `<schema>/<table>.yml` each, sorted by table.

    Where the folder has the template, every landing object has a suite: the template's promises, then its own.
    Raises SuiteError for the first file that is wrong.
    """
    template = folder / EVERY_OBJECT
    suites: dict[str, Suite] = {}
    for path in sorted([*folder.rglob("*.yml"), *folder.rglob("*.yaml")]):
        if path == template:
            continue
        where = path.relative_to(folder).as_posix()
        suite = load_suite(path, where)
        place = f"{suite.table.replace('.', '/')}.yml"
        if where != place:
            raise SuiteError(f"{where}: the suite of table {suite.table} belongs in {place}, one file per table")
        suites[suite.table] = suite
    if template.exists():
        expectations = _expectations(_content(template, EVERY_OBJECT, _TEMPLATE_KEYS), EVERY_OBJECT)
        for landing_object in catalog().objects:
            table = landing_object.raw_table
            suites[table] = _suite_of_object(landing_object, expectations, suites.get(table))
    return tuple(suites[table] for table in sorted(suites))


def load_suite(path: Path, where: str | None = None) -> Suite:
    """The suite of one file."""
    where = where or path.name
    content = _content(path, where, _SUITE_KEYS)
    table = content["table"]
    if not isinstance(table, str) or not _TABLE.fullmatch(table):
        raise SuiteError(f"{where}: table {table!r} is not of the form schema.table, in lower case")
    id_columns = tuple(content.get("id_columns") or ())
    return Suite(table, _text(content["description"]), id_columns, _expectations(content, where))


def _suite_of_object(landing_object: LandingObject, template: Sequence[Expectation], special: Suite | None) -> Suite:
    """What holds of every object, made for this one, and what is special to it."""
    made = [
        replace(expectation, sql=_made_for(landing_object, expectation), is_of_every_object=True)
        for expectation in template
    ]
    own = special.expectations if special else ()
    expectations = (*(expectation for expectation in made if expectation.sql), *own)
    _unique_names(expectations, f"{landing_object.raw_table.replace('.', '/')}.yml, with {EVERY_OBJECT}")
    return Suite(landing_object.raw_table, landing_object.description, landing_object.key, expectations)


def _made_for(landing_object: LandingObject, expectation: Expectation) -> str:
    """The template's query for an object; empty if the object has no column of the kind that it asks about."""
    where = f"{EVERY_OBJECT}: {expectation.name}"
    if expectation.sql is None:
        raise SuiteError(f"{where}: write it as sql, which can be made for each object's columns")
    try:
        return _query_template(expectation.sql).render(object=landing_object).strip()
    except TemplateError as error:
        reason = " ".join(str(error).split())
        raise SuiteError(f"{where}: its query can't be made for {landing_object.label}: {reason}") from None


@cache
def _query_template(sql: str) -> Template:
    environment = Environment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters["quoted"] = identifier
    return environment.from_string(sql)


def _content(path: Path, where: str, allowed: set[str]) -> dict[str, Any]:
    """What a file holds; of its keys only those allowed may be there, and all of them but `id_columns` must."""
    try:
        content = read_yaml(path)
    except yaml.YAMLError as error:
        raise SuiteError(f"{where}: not readable as YAML: {' '.join(str(error).split())}") from None
    if not isinstance(content, dict):
        raise SuiteError(f"{where}: expected the keys {_listed(allowed)}, found {type(content).__name__}")
    _no_unknown_keys(content, allowed, where)
    for key in sorted(allowed - {"id_columns"}):
        if not content.get(key):
            raise SuiteError(f"{where}: {key} is missing")
    return content


def _expectations(content: Mapping[str, Any], where: str) -> tuple[Expectation, ...]:
    if not isinstance(content["expectations"], list):
        raise SuiteError(f"{where}: expectations must be a list")
    expectations = tuple(_expectation(entry, where, number) for number, entry in enumerate(content["expectations"], 1))
    _unique_names(expectations, where)
    return expectations


def _unique_names(expectations: Sequence[Expectation], where: str) -> None:
    names = [expectation.name for expectation in expectations]
    for name in names:
        if names.count(name) > 1:
            raise SuiteError(
                f"{where}: the name {name} is used {names.count(name)} times; names are unique within a table"
            )


def _expectation(entry: Any, where: str, number: int) -> Expectation:
    if not isinstance(entry, dict):
        raise SuiteError(f"{where}: expectation {number} must have the keys {_listed(_EXPECTATION_KEYS)}")
    name = entry.get("name")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise SuiteError(f"{where}: expectation {number} needs a name in snake_case, found {name!r}")
    here = f"{where}: {name}"
    _no_unknown_keys(entry, _EXPECTATION_KEYS, here)
    if not isinstance(entry.get("promise"), str) or not entry["promise"].strip():
        raise SuiteError(
            f"{here}: promise is missing; say in words what a reader may rely on, with the reason of any threshold"
        )
    if entry.get("severity") not in SEVERITIES:
        raise SuiteError(f"{here}: severity {entry.get('severity')!r} is unknown; allowed are {_listed(SEVERITIES)}")
    if ("expect" in entry) == ("sql" in entry):
        raise SuiteError(
            f"{here}: give either expect (a Great Expectations type) or sql (the rows that break the promise)"
        )
    expect, arguments = (SQL_TYPE, {}) if "sql" in entry else (entry["expect"], entry.get("with") or {})
    if "sql" in entry:
        if "with" in entry:
            raise SuiteError(f"{here}: with belongs to expect, not to sql")
        if "{batch}" not in str(entry["sql"]):
            raise SuiteError(f"{here}: sql must name the guarded table as {{batch}}")
    else:
        if expect not in known_expectations():
            raise SuiteError(f"{here}: {expect!r} is no type of Great Expectations; see its gallery, or write sql")
        if not isinstance(arguments, dict):
            raise SuiteError(f"{here}: with must hold the arguments of {expect}")
    return Expectation(
        name=name,
        promise=_text(entry["promise"]),
        severity=entry["severity"],
        expect=expect,
        arguments=arguments,
        sql=entry["sql"].strip() if "sql" in entry else None,
    )


@cache
def known_expectations() -> frozenset[str]:
    """The expectations of the installed Great Expectations, from its file names, without importing it."""
    spec = find_spec("great_expectations")
    assert spec is not None and spec.submodule_search_locations
    core = Path(spec.submodule_search_locations[0]) / "expectations" / "core"
    return frozenset(path.stem for path in core.glob("expect_*.py"))


def _no_unknown_keys(content: Mapping[str, Any], allowed: set[str], where: str) -> None:
    unknown = sorted(str(key) for key in content if key not in allowed)
    if unknown:
        raise SuiteError(f"{where}: unknown key {unknown[0]!r}; allowed are {_listed(allowed)}")


def _listed(values: Any) -> str:
    return ", ".join(sorted(values))


def _text(value: Any) -> str:
    return " ".join(str(value).split())
