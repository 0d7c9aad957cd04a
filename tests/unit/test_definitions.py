"""The rule book and the interface against the project: what they name exists, and what exists is named.

What lives here: names in `docs/definitions.md` and `docs/interface.md`. What doesn't: whether the rules hold, which the
named tests show.
"""

from __future__ import annotations

import csv
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from dagster_project.landing.catalog import catalog
from dagster_project.publish.publisher import AUDIT_TABLES
from dagster_project.quality.suites import load_suites
from dagster_project.reference.tables import TABLES
from dagster_project.settings import PROJECT_ROOT
from dagster_project.transform.project import prepared_project

DEFINITIONS = (PROJECT_ROOT / "docs" / "definitions.md").read_text(encoding="utf-8")
INTERFACE = (PROJECT_ROOT / "docs" / "interface.md").read_text(encoding="utf-8")

# A test that says which columns identify a row.
KEY_TESTS = ("grain", "unique_combination")


@cache
def manifest() -> dict[str, Any]:
    return json.loads(Path(prepared_project().manifest_path).read_text(encoding="utf-8"))


@cache
def models() -> dict[str, dict[str, Any]]:
    return {node["name"]: node for node in manifest()["nodes"].values() if node["resource_type"] == "model"}


@cache
def unit_tests() -> dict[str, str]:
    """The dbt unit tests with the model that each belongs to."""
    return {test["name"]: test["model"] for test in manifest()["unit_tests"].values()}


@cache
def singular_tests() -> set[str]:
    return {node["name"] for node in manifest()["nodes"].values() if node["resource_type"] == "test"}


@cache
def pytest_functions() -> dict[str, str]:
    """The text of each file of tests, by its name."""
    return {path.name: path.read_text(encoding="utf-8") for path in (PROJECT_ROOT / "tests").rglob("test_*.py")}


def rows(heading: str) -> list[list[str]]:
    """The cells of all tables below a heading of the interface, up to the next heading; without the tables' headers."""
    (section,) = re.findall(rf"^#+ {heading}\n(.*?)(?=^#|\Z)", INTERFACE, re.MULTILINE | re.DOTALL)
    lines = section.splitlines()
    return [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line, following in zip(lines, [*lines[1:], ""], strict=True)
        if line.startswith("| ") and not line.startswith("| ---") and not following.startswith("| ---")
    ]


def named(cell: str) -> list[str]:
    """What stands in a cell between backticks."""
    return re.findall(r"`([^`]+)`", cell)


def first_cells(heading: str) -> list[str]:
    return [name for row in rows(heading) for name in named(row[0])]


# ---------------------------------------------------------------- definitions.md


def promises() -> set[str]:
    """The promises of `expectations/`, each with its table."""
    return {
        f"{suite.table.partition('.')[2]}.{promise.name}" for suite in load_suites() for promise in suite.expectations
    }


def exists(name: str) -> bool:
    file, _, function = name.partition("::")
    if file.endswith(".py"):
        return file in pytest_functions() and (not function or f"def {function}(" in pytest_functions()[file])
    return name in (singular_tests() if name.startswith("assert_") else unit_tests())


def test_every_test_that_the_rule_book_names_exists() -> None:
    names = set(re.findall(r"`((?:test|assert)_[\w.:]+)`", DEFINITIONS))
    assert [name for name in sorted(names) if not exists(name)] == []


def test_every_promise_that_the_rule_book_names_exists() -> None:
    names = set(re.findall(r"`((?:dim|fct|rpt|int)_\w+\.\w+)`", DEFINITIONS))
    assert names
    assert sorted(names - promises()) == []


def test_unit_tests_stand_beside_the_model_that_the_rule_book_names() -> None:
    pairs = re.findall(r"`(test_\w+)`\s+\(`(\w+)`\)", DEFINITIONS)
    assert [pair for pair in pairs if unit_tests().get(pair[0]) != pair[1]] == []


def test_every_rule_has_an_example_and_a_test() -> None:
    rules = re.findall(
        r"^### (.+?)\n(.*?)(?=^#|\Z)", DEFINITIONS.split("## Time and money")[1], re.MULTILINE | re.DOTALL
    )
    without = [
        title
        for title, text in rules
        if not re.search(r"\*Example\.\*|\| weights \|", text) or not re.search(r"[Ss]hown by", text)
    ]
    assert without == []


# ---------------------------------------------------------------- interface.md


def test_commands() -> None:
    makefile = (PROJECT_ROOT / "Makefile").read_text(encoding="utf-8")
    (phony,) = re.findall(r"^\.PHONY: (.+)$", makefile, re.MULTILINE)
    assert sorted(first_cells("Commands")) == sorted(f"make {name}" for name in phony.split())


def test_environment_variables() -> None:
    source = (PROJECT_ROOT / "dagster_project" / "settings.py").read_text(encoding="utf-8")
    assert set(first_cells("Environment variables")) == set(re.findall(r'"(THROUGHLINE_\w+)"', source))


def test_landing_objects() -> None:
    described = {
        label: (required == "yes", tuple(named(key)))
        for label, (_, required, key, _) in zip(first_cells("Landing folder"), rows("Landing folder"), strict=True)
    }
    assert described == {o.label: (o.required, o.key) for o in catalog().objects}


def test_reference_tables() -> None:
    described = {named(row[0])[0]: tuple(named(row[1])) for row in rows("Reference tables")}
    assert described == {table.name: tuple(column.name for column in table.columns) for table in TABLES}


def test_settings_and_their_defaults() -> None:
    """The shipped settings are the defaults, which `test_validate.py` checks."""
    with (PROJECT_ROOT / "seeds" / "reference" / "settings.csv").open(encoding="utf-8") as file:
        shipped = {row["key"]: row["value"] for row in csv.DictReader(file)}
    assert {named(row[0])[0]: "".join(named(row[1])) for row in rows("Settings")} == shipped


def test_published_tables() -> None:
    assert first_cells("Published tables") == sorted(n for n, model in models().items() if model["schema"] == "marts")


def test_key_columns_of_published_tables() -> None:
    described = {named(row[0])[0]: named(row[2]) for row in rows("Published tables")}
    keys: dict[str, list[list[str]]] = {}
    for node in manifest()["nodes"].values():
        if node["resource_type"] == "test" and (node.get("test_metadata") or {}).get("name") in KEY_TESTS:
            table = manifest()["nodes"][node["attached_node"]]["name"]
            keys.setdefault(table, []).append(node["test_metadata"]["kwargs"]["columns"])
    assert {table: key for table, key in described.items() if table in keys and key not in keys[table]} == {}
    missing = {table: set(key) - set(models()[table]["columns"]) for table, key in described.items()}
    assert not any(missing.values()), missing


def test_audit_tables() -> None:
    created = {
        table
        for path in (PROJECT_ROOT / "dagster_project").rglob("*.py")
        for table in re.findall(r"create table if not exists (audit\.\w+)", path.read_text(encoding="utf-8"))
    }
    described = first_cells("Audit tables")
    assert set(described) == created
    assert described[: len(AUDIT_TABLES)] == [f"audit.{name}" for name in sorted(AUDIT_TABLES)]


def test_the_recipes_name_files_that_exist() -> None:
    """In the blocks of CONTRIBUTING, every path in the project but those that the recipes themselves make."""
    page = (PROJECT_ROOT / "docs" / "CONTRIBUTING.md").read_text(encoding="utf-8")
    blocks = "\n".join(re.findall(r"^```sh\n(.*?)^```", page, re.MULTILINE | re.DOTALL))
    tops = "dagster_project|dbt_models|docs|expectations|seeds|tests"
    named = set(re.findall(rf"(?<![\w./])((?:{tops})/[\w./]*\w)", blocks))
    made = set(re.findall(r">\s*(\S+)", blocks)) | set(re.findall(r"mkdir (\S+)", blocks))
    assert len(named) > 10
    assert [path for path in sorted(named - made) if not (PROJECT_ROOT / path).exists()] == []
    searched = re.findall(r'startswith\("(\| `[^"]*)"\)', blocks)
    assert [start for start in searched if f"\n{start}" not in INTERFACE] == []


def test_every_source_has_a_page():
    folder = PROJECT_ROOT / "docs" / "sources"
    index = (folder / "README.md").read_text(encoding="utf-8")
    for source in catalog().sources:
        assert f"| `{source.name}/` |" in index
        page = (folder / f"{source.name}.md").read_text(encoding="utf-8")
        assert f"`{source.name}/`" in page
        assert "## What it can't answer" in page
