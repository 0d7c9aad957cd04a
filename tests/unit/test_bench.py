"""The benchmarks run and report; how fast they are is nobody's test."""

from __future__ import annotations

import json

from bench.run import main


def test_a_small_run_writes_one_json_file_and_one_table(tmp_path):
    assert main(["--page-views", "1000", "--cases", "loading", "--output", str(tmp_path)]) == 0
    figures = json.loads((tmp_path / "benchmarks.json").read_text())["figures"]
    assert [figure["rows"] for figure in figures] == [1000, 1000, 0]
    assert figures[1]["details"] == {"rows_in_raw": 1000}
    assert all(figure["seconds"] > 0 and figure["peak_memory_mib"] > 0 for figure in figures)
    table = (tmp_path / "benchmarks.md").read_text()
    assert "| loading | Throughline: load Parquet | 1,000 |" in table
    assert "times create table as" in table
