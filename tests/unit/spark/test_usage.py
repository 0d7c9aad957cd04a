"""What Spark's log of events tells of a build."""

from __future__ import annotations

import json

from dagster_project.spark.usage import usage_of


def task(stage: int, result: int, reason: str = "Success") -> dict:
    return {
        "Event": "SparkListenerTaskEnd",
        "Stage ID": stage,
        "Stage Attempt ID": 0,
        "Task End Reason": {"Reason": reason},
        "Task Metrics": {
            "Executor Run Time": 20,
            "Executor CPU Time": 15_400_000,
            "Result Size": result,
            "Disk Bytes Spilled": 5,
            "Input Metrics": {"Bytes Read": 1_000},
            "Output Metrics": {"Bytes Written": 100},
            "Shuffle Write Metrics": {"Shuffle Bytes Written": 2_500_000},
        },
    }


def memory(executor: str, java: int, processes: int) -> dict:
    metrics = {"JVMHeapMemory": java, "ProcessTreeJVMRSSMemory": processes, "ProcessTreePythonRSSMemory": processes}
    return {"Event": "SparkListenerStageExecutorMetrics", "Executor ID": executor, "Executor Metrics": metrics}


EVENTS = [
    {"Event": "SparkListenerExecutorAdded", "Executor ID": "0"},
    {"Event": "SparkListenerExecutorAdded", "Executor ID": "1"},
    task(0, 400),
    task(0, 500),
    {"Event": "SparkListenerStageCompleted"},
    task(1, 300),
    # A task of a lost executor has no metrics.
    {**task(1, 0, "ExecutorLostFailure"), "Task Metrics": None},
    {"Event": "SparkListenerExecutorRemoved", "Executor ID": "1"},
    {"Event": "SparkListenerStageCompleted"},
    memory("0", 300, 0),
    memory("0", 100, 200),
    memory("1", 350, 100),
    memory("driver", 900, 900),
]


def test_the_sums_of_a_build(tmp_path):
    (tmp_path / "app-1").write_text("\n".join(map(json.dumps, EVENTS)))
    usage = usage_of(tmp_path)
    assert (usage.stages, usage.tasks, usage.failed_tasks, usage.lost_executors) == (2, 4, 1, 1)
    assert (usage.read_bytes, usage.written_bytes, usage.spilled_bytes) == (3_000, 300, 15)
    assert (usage.shuffled_bytes, usage.task_milliseconds) == (7_500_000, 60)
    assert usage.processor_milliseconds == 45
    assert usage.most_collected_bytes == 900
    assert usage.peak_memory == {"0": 400, "1": 200, "driver": 1800}
    assert usage.told() == (
        "Spark: 2 stages, 4 tasks, 1 of them failed and were repeated, "
        "2 executors, 1 lost, at most 400 B of memory each; "
        "3.0 kB read, 7.5 MB shuffled, 15 B spilled, 300 B written; no stage sent more than 900 B to the driver"
    )


def test_a_log_that_is_cut_off_counts_as_far_as_it_goes(tmp_path):
    (tmp_path / "app-1").write_text("\n".join(map(json.dumps, EVENTS[:3])) + '\n{"Event": "SparkListenerTa')
    assert usage_of(tmp_path).tasks == 1


def test_a_server_that_keeps_its_own_log_tells_nothing(tmp_path):
    assert usage_of(tmp_path) is None
