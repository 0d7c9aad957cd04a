"""How far a build is, told from dbt's own events."""

from __future__ import annotations

from typing import Any

from dagster_project.transform.progress import Progress


def event(name: str, unique_id: str) -> dict[str, Any]:
    kind, node_name = unique_id.split(".")
    node = {"unique_id": unique_id, "resource_type": kind, "node_name": node_name}
    return {"info": {"name": name}, "data": {"node_info": node}}


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_line_at_each_tenth_counts_models_and_tests() -> None:
    said: list[str] = []
    progress = Progress(15, 5, said.append, Clock())
    progress.hears({"info": {"name": "MainReportVersion"}, "data": {}})
    for number in range(15):
        progress.hears(event("LogStartLine", f"model.m{number}"))
        progress.hears(event("LogModelResult", f"model.m{number}"))
    for number in range(4):
        progress.hears(event("LogTestResult", f"test.t{number}"))
    progress.hears(event("SkippingDetails", "test.t4"))
    assert said[:2] == ["models 2/15, tests 0/5", "models 4/15, tests 0/5"]
    assert said[-1] == "models 15/15, tests 5/5"
    assert len(said) == 10


def test_after_a_long_silence_it_names_what_is_at_work() -> None:
    said: list[str] = []
    clock = Clock()
    progress = Progress(100, 100, said.append, clock)
    progress.hears(event("LogStartLine", "model.large"))
    clock.now = 31
    progress.hears(event("LogStartLine", "model.small"))
    progress.hears(event("LogModelResult", "model.small"))
    assert said == ["models 0/100, tests 0/100; at work: large, small"]


def test_a_build_of_nothing_says_nothing() -> None:
    said: list[str] = []
    Progress(0, 0, said.append, Clock()).hears(event("LogStartLine", "model.m"))
    assert said == []
