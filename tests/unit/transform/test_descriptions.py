"""Columns are described once: a text that recurs is a doc block, in `_columns.md` of the room that has it first."""

from __future__ import annotations

import re
from collections import Counter

import yaml

from dagster_project.transform.project import DBT_PROJECT_DIR

MODELS = DBT_PROJECT_DIR / "models"
BLOCK = re.compile(r"{% docs (\w+) %}\n(.*?)\n{% enddocs %}", re.DOTALL)


def descriptions() -> list[str]:
    """The columns' descriptions as the YAML gives them."""
    return [
        " ".join(column["description"].split())
        for file in sorted(MODELS.rglob("*.yml"))
        for model in (yaml.safe_load(file.read_text(encoding="utf-8")) or {}).get("models", [])
        for column in model.get("columns", [])
    ]


def blocks() -> dict[str, str]:
    """The doc blocks' texts by name."""
    return {
        name: text
        for file in sorted(MODELS.rglob("_columns.md"))
        for name, text in BLOCK.findall(file.read_text(encoding="utf-8"))
    }


def test_no_description_is_written_twice() -> None:
    written = Counter(text for text in descriptions() if not text.startswith("{{ doc("))
    written.update(blocks().values())
    assert [text for text, times in written.items() if times > 1] == []


def test_every_doc_block_describes_several_columns() -> None:
    used = Counter(re.findall(r"doc\('(\w+)'\)", " ".join(descriptions())))
    assert [name for name in blocks() if used[name] < 2] == []
