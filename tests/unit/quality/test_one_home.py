"""Each promise stands once, in its home.

Keys, blanks, sets of values and references of models stand in the models' YAML, where dbt asks them while it builds;
what the company relies on (sums, shares, order, plausible data) stands in `expectations/`. Raw has no YAML: all of its
promises are expectations.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from dagster_project.quality.suites import SQL_TYPE, Expectation, load_suites
from dagster_project.transform.project import DBT_PROJECT_DIR

# What belongs in the models' YAML, by the type of an expectation.
IN_YAML = {
    "expect_column_values_to_be_unique": "key",
    "expect_compound_columns_to_be_unique": "key",
    "expect_column_values_to_not_be_null": "blank",
    "expect_column_values_to_be_in_set": "set",
}

# The same, by the form of a query: groups of more than one row, rows without a counterpart, rows with a blank.
KEY = re.compile(r"select [\w, ]+, count\(\*\) as \w+ from \{batch\} group by [\w, ]+ having count\(\*\) > 1")
REFERENCE = re.compile(
    r"select [\w., ]+ from \{batch\} as \w+ left join [\w.]+ as (\w+) on [\w.]+ = [\w.]+"
    r" where ([\w.]+ is not null and )?\1\.\w+ is null"
)
BLANK = re.compile(r"select [\w, ]+ from \{batch\} where \w+ is null( or \w+ is null)*")


def kind_in_yaml(expectation: Expectation) -> str | None:
    """Which kind of the YAML's promises an expectation is; none for one of the company's."""
    if expectation.sql is None:
        return IN_YAML.get(expectation.expect)
    query = " ".join(expectation.sql.split())
    forms = {"key": KEY, "reference": REFERENCE, "blank": BLANK}
    return next((kind for kind, form in forms.items() if form.fullmatch(query)), None)


def promises_in_yaml() -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Model, kind and columns (for a reference also where to) of each promise in the models' YAML."""
    for path in sorted((DBT_PROJECT_DIR / "models").rglob("*.yml")):
        for model in yaml.safe_load(path.read_text(encoding="utf-8")).get("models", []):
            for kind, columns in of_entry(model, None):
                yield model["name"], kind, columns
            for column in model.get("columns", []):
                for kind, columns in of_entry(column, column["name"]):
                    yield model["name"], kind, columns


def of_entry(entry: dict[str, Any], column: str | None) -> Iterator[tuple[str, tuple[str, ...]]]:
    for constraint in entry.get("constraints", []):
        yield {"not_null": "blank", "unique": "key"}.get(constraint["type"], constraint["type"]), (column or "",)
    for test in entry.get("data_tests", []):
        name, spec = next(iter(test.items())) if isinstance(test, dict) else (test, {})
        arguments = spec.get("arguments", {})
        columns = tuple(sorted(arguments.get("columns", [column or ""])))
        if name in ("grain", "unique_combination", "unique"):
            yield "key", columns
        if name in ("grain", "never_null", "not_null"):
            yield from (("blank", (each,)) for each in columns)
        if name == "relationships":
            yield "reference", (*columns, arguments["to"])
        if name not in ("grain", "unique_combination", "unique", "never_null", "not_null", "relationships"):
            yield name, columns


def test_no_promise_stands_twice_in_the_yaml() -> None:
    counted = Counter(promises_in_yaml())
    assert ("fct_opportunities", "key", ("opportunity_id",)) in counted
    assert [promise for promise, times in counted.items() if times > 1] == []


def test_no_expectation_of_a_model_is_one_for_its_yaml() -> None:
    misplaced = [
        f"{suite.table}.{expectation.name}: {kind}"
        for suite in load_suites()
        if suite.layer != "raw"
        for expectation in suite.expectations
        if (kind := kind_in_yaml(expectation))
    ]
    assert misplaced == []


@pytest.mark.parametrize(
    ("sql", "kind"),
    [
        ("select a, b, count(*) as rows_found\nfrom {batch}\ngroup by a, b\nhaving count(*) > 1", "key"),
        (
            "select t.id\nfrom {batch} as t\nleft join marts.dim_person as p on t.person_id = p.person_id\n"
            "where t.person_id is not null and p.person_id is null",
            "reference",
        ),
        ("select id from {batch} where team is null or rule is null", "blank"),
        ("select model, sum(weight) as weight from {batch} group by model having sum(weight) > 1", None),
    ],
)
def test_the_form_of_a_query_tells_its_kind(sql: str, kind: str | None) -> None:
    assert kind_in_yaml(Expectation("name", "A promise.", "warn", SQL_TYPE, {}, sql)) == kind
