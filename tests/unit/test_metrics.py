"""The metrics that dbt declares: each is described, and none adds up the credit of several attribution models."""

from __future__ import annotations

import csv
import json
from functools import cache
from pathlib import Path
from typing import Any

from dagster_project.settings import PROJECT_ROOT
from dagster_project.transform.project import DBT_PROJECT_DIR, prepared_project

SEMANTIC_DIR = DBT_PROJECT_DIR / "models" / "semantic"
WRITTEN_OUT = "w_shaped", "W-shaped"


@cache
def manifest() -> dict[str, Any]:
    return json.loads(Path(prepared_project().manifest_path).read_text(encoding="utf-8"))


@cache
def enabled_models() -> set[str]:
    with (PROJECT_ROOT / "seeds" / "reference" / "attribution_models.csv").open(encoding="utf-8") as file:
        return {row["model"] for row in csv.DictReader(file) if row["enabled"].strip().lower() == "true"}


def by_model_measures(semantic_models: dict[str, Any]) -> dict[str, str]:
    """The measures of tables that repeat everything for each attribution model, with the dimension that tells which."""
    found = {}
    for semantic in semantic_models.values():
        entity = semantic["primary_entity"] or next(e["name"] for e in semantic["entities"] if e["type"] == "primary")
        if any(dimension["name"] == "model" for dimension in semantic["dimensions"]):
            found |= {measure["name"]: f"{entity}__model" for measure in semantic["measures"]}
    return found


def unfiltered(metrics: dict[str, Any], measures: dict[str, str]) -> list[str]:
    """The metrics of such measures that are not of one model by a filter of their own."""
    wrong = []
    for metric in metrics.values():
        for measure in metric["type_params"]["input_measures"] if metric["type"] == "simple" else []:
            filters = [f["where_sql_template"] for f in (metric["filter"] or {}).get("where_filters", [])]
            wanted = [f"{{{{ Dimension('{measures.get(measure['name'])}') }}}} = '{m}'" for m in enabled_models()]
            if measure["name"] in measures and not any(text in wanted for text in filters):
                wrong.append(metric["name"])
    return wrong


def test_no_metric_adds_up_the_credit_of_several_models() -> None:
    measures = by_model_measures(manifest()["semantic_models"])
    assert {"channel_won", "channel_cost", "channel_customers", "content_amount", "content_mqls"} == set(measures)
    assert unfiltered(manifest()["metrics"], measures) == []


def test_such_a_metric_would_be_found() -> None:
    """Without a filter, with one on something else, with one that lets two models pass, with one on no model."""
    metric = {"name": "m", "type": "simple", "type_params": {"input_measures": [{"name": "channel_won"}]}}
    measures = {"channel_won": "channel_return__model"}
    for text in (
        None,
        "{{ Dimension('channel_return__channel') }} = 'w_shaped'",
        "{{ Dimension('channel_return__model') }} in ('w_shaped', 'linear')",
        "{{ Dimension('channel_return__model') }} = 'no_model'",
    ):
        found = metric | {"filter": {"where_filters": [{"where_sql_template": text}]} if text else None}
        assert unfiltered({"m": found}, measures) == ["m"]


def test_each_measure_of_credit_has_no_metric_but_those_of_a_model() -> None:
    """`create_metric` would make one without a filter."""
    created = [
        measure["name"]
        for semantic in manifest()["semantic_models"].values()
        for measure in semantic["measures"]
        if measure["create_metric"]
    ]
    assert created == []


def test_the_files_of_the_models_are_alike() -> None:
    files = sorted(SEMANTIC_DIR.glob("credit_*.yml"))
    template = (SEMANTIC_DIR / f"credit_{WRITTEN_OUT[0]}.yml").read_text(encoding="utf-8")
    assert len(files) > 1
    for file in files:
        model = file.stem.removeprefix("credit_")
        label = model.replace("_", " ").capitalize() if model != WRITTEN_OUT[0] else WRITTEN_OUT[1]
        assert file.read_text(encoding="utf-8") == template.replace(WRITTEN_OUT[0], model).replace(
            WRITTEN_OUT[1], label
        ), file.name
        assert model in enabled_models()


def test_every_metric_and_dimension_is_described() -> None:
    without = [
        found["name"]
        for found in [
            *manifest()["metrics"].values(),
            *manifest()["semantic_models"].values(),
            *(part for s in manifest()["semantic_models"].values() for part in [*s["dimensions"], *s["measures"]]),
        ]
        if not found["description"]
    ]
    assert without == []
