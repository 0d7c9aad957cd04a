"""The benchmarks run and report; how fast they are is nobody's test."""

from __future__ import annotations

import json

import pytest

from bench.cases import attribution_models
from bench.options import Options
from bench.run import main

pytestmark = pytest.mark.slow


def test_a_small_run_writes_one_json_file_and_one_table(tmp_path):
    assert main(["--page-views", "1000", "--cases", "loading", "--output", str(tmp_path)]) == 0
    figures = json.loads((tmp_path / "benchmarks.json").read_text())["figures"]
    assert [figure["rows"] for figure in figures] == [1000, 1000, 0]
    assert figures[1]["details"] == {"rows_in_raw": 1000}
    assert all(figure["seconds"] > 0 and figure["peak_memory_mib"] > 0 for figure in figures)
    table = (tmp_path / "benchmarks.md").read_text()
    assert "| loading | Throughline: load Parquet | 1,000 |" in table
    assert "times create table as" in table


def test_events_of_two_trackers_are_loaded_and_flattened(tmp_path):
    assert main(["--web-events", "1000", "--cases", "web_loading", "--output", str(tmp_path)]) == 0
    figures = json.loads((tmp_path / "benchmarks.json").read_text())["figures"]
    assert [figure["rows"] for figure in figures] == [1000] * 4
    assert [figure["details"].get("rows_in_raw") for figure in figures] == [None, 1000, None, 1000]


def test_data_driven_models_are_measured_and_a_missing_library_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(attribution_models, "installed", lambda folder, requirements: None)
    monkeypatch.setattr(attribution_models, "RUNS", 1)
    options = Options(page_views=0, identifiers=(), touches=(), scales=(), journeys=300, companies=0, scratch=tmp_path)
    figures = list(attribution_models.figures(options))
    assert [figure.what for figure in figures if figure.seconds == 0] == [
        "ChannelAttribution: not compared, it can't be installed here",
        "mta: not compared, it can't be installed here",
        "marketing-attribution-models: not compared, it can't be installed here",
    ]
    ours = [figure for figure in figures if figure.what.startswith("Throughline")]
    assert len(ours) == 6
    for figure in ours:
        assert figure.seconds > 0
        assert round(sum(figure.details["shares"].values()), 6) == 1
