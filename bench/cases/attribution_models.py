"""Data-driven models over a million journeys through twelve channels: Throughline's models against other libraries.

Measured is what a model adds to a night: from the journeys in order, which the rule-based models need as well, to the
channels' shares, the counts in SQL and the solves, in the code that dbt runs. The libraries start from paths that are
ready in memory. What either side needs to get there from the same touches is a figure of its own, and a second ratio
counts it in. The libraries are no dependencies of Throughline: each is installed from `bench/compared/` into a virtual
environment in the scratch folder, and one that can't be is said to be missing.
"""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import duckdb

from bench.measure import Measurement, measure
from bench.options import Options
from bench.report import Figure
from dagster_project.settings import PROJECT_ROOT
from tests.compiled_models import CompiledModel, compiled_models

CASE = "attribution models"
COMPARED = PROJECT_ROOT / "bench" / "compared"

# Puts the touches of every journey in order.
POSITIONS = "int_journeys__positions"
# What stands between that and the channels' shares, upstream first.
MODELS = (
    "int_attribution__channels",
    "int_attribution__learnt_journeys",
    "int_attribution__channel_transitions",
    "int_attribution__channel_coalitions",
    "int_attribution__learning",
    "int_attribution__channel_effects",
)
# The counts that a method doesn't need are there before, since the next model reads them.
NOT_NEEDED = {
    "markov": "int_attribution__channel_coalitions",
    "shapley": "int_attribution__channel_transitions",
    "shapley_rate": "int_attribution__channel_transitions",
}

# Half a second is short enough for the machine's hiccups to show.
RUNS = 5

# Of each method: the library, its file in bench/compared, and the runs of it that are measured.
LIBRARIES: dict[str, tuple[str, str, dict[str, dict[str, Any]]]] = {
    "markov": (
        "ChannelAttribution",
        "channel_attribution",
        {
            "at its defaults": {},
            "10 million random walks": {"nsim_start": 1e7},
            "10 million random walks of up to 10,000 steps": {"nsim_start": 1e7, "max_step": 10_000},
        },
    ),
    "shapley": ("mta", "mta", {"as it comes": {}}),
    "shapley_rate": (
        "marketing-attribution-models",
        "marketing_attribution_models",
        {"as it comes": {}, "all twelve channels": {"max_size": 12}},
    ),
}


def figures(options: Options) -> Iterator[Figure]:
    scratch = options.scratch / "attribution_models"
    paths = measure(prepare, scratch=str(scratch), journeys=options.journeys)
    (scratch / "models.json").write_text(json.dumps(compiled()))
    yield Figure(CASE, "DuckDB: paths as text, for the libraries", paths.seconds, None, options.journeys)
    positions = measure(put_in_order, scratch=str(scratch))
    yield _figure(options, "journeys in order, for all models of Throughline", positions)
    for method, (library, requirements, runs) in LIBRARIES.items():
        ours, sampled = (_learnt(scratch, method, samples) for samples in (0, 1000))
        theirs = compared(scratch, method, requirements, runs)
        yield _figure(options, f"Throughline: {method}", ours)
        yield _figure(options, f"Throughline: {method} with intervals of 1,000 samples", sampled)
        if not theirs:
            yield Figure(CASE, f"{library}: not compared, it can't be installed here", 0.0)
        for run, measured in theirs.items():
            yield Figure(
                CASE,
                f"{library}: {method}, {run}",
                measured.seconds,
                measured.peak_memory_mib,
                options.journeys,
                measured.seconds / ours.seconds,
                "Throughline",
                {
                    "ratio_from_the_touches": (paths.seconds + measured.seconds) / (positions.seconds + ours.seconds),
                    "memory_ratio": measured.peak_memory_mib / ours.peak_memory_mib,
                    "largest_difference_of_a_share": _largest_difference(measured.details, ours.details),
                },
            )


def _learnt(scratch: Path, method: str, samples: int) -> Measurement:
    """The middle one of some runs."""
    measure(enable, scratch=str(scratch), method=method, samples=samples)
    runs = [measure(learn, scratch=str(scratch), method=method) for _ in range(RUNS)]
    return sorted(runs, key=lambda run: run.seconds)[RUNS // 2]


def _figure(options: Options, what: str, measured: Measurement) -> Figure:
    return Figure(
        CASE, what, measured.seconds, measured.peak_memory_mib, options.journeys, details={**measured.details}
    )


def _largest_difference(theirs: Mapping[str, Any], ours: Mapping[str, Any]) -> float:
    return max(abs(theirs["shares"].get(channel, 0) - share) for channel, share in ours["shares"].items())


# ---------------------------------------------------------------- Throughline


def compiled() -> list[dict[str, Any]]:
    """The models as dbt compiles them."""
    models = {model.name: model for model in compiled_models(True)}
    return [asdict(models[name]) for name in (POSITIONS, *MODELS)]


def _models(scratch: str) -> dict[str, CompiledModel]:
    models = [CompiledModel(**model) for model in json.loads((Path(scratch) / "models.json").read_text())]
    return {model.name: model for model in models}


def _connect(scratch: str) -> duckdb.DuckDBPyConnection:
    # The file's name becomes the database's name in the SQL.
    return duckdb.connect(str(Path(scratch) / "throughline.duckdb"), config={"threads": 2})


def put_in_order(scratch: str) -> dict[str, Any]:
    with _connect(scratch) as connection:
        start = time.perf_counter()
        _models(scratch)[POSITIONS].build(connection, is_first_night=True)
        return {"seconds": time.perf_counter() - start}


def prepare(scratch: str, journeys: int) -> dict[str, Any]:
    """The touches and deals that the models read; the seconds are those that the same journeys take as paths."""
    import numpy as np
    import pyarrow as pa

    random = np.random.default_rng(1)
    # Four touches on average, as many as B2B deals have in public data; one journey in a hundred has 17 or more.
    lengths = np.minimum(random.geometric(1 / 4, journeys), 40)
    touches = int(lengths.sum())
    sizes = [0.2, 0.15, 0.13, 0.11, 0.1, 0.08, 0.07, 0.05, 0.04, 0.03, 0.03, 0.01]
    deals = np.repeat(np.arange(1, journeys + 1), lengths)
    starts = np.repeat(np.cumsum(lengths) - lengths, lengths)
    # Keys of touches follow their ids, which have nothing to do with deals.
    keys = random.permutation(touches) + 1
    channels = random.choice(len(sizes), touches, p=sizes)
    # Channels differ in how often a deal through them is won, or there would be nothing to learn.
    odds = np.zeros(journeys)
    np.maximum.at(odds, deals - 1, 0.1 + 0.04 * channels)
    won = random.random(journeys) < odds

    folder = Path(scratch)
    folder.mkdir(parents=True, exist_ok=True)
    with _connect(scratch) as connection:
        connection.execute("create schema intermediate; create schema staging; create schema reference")
        connection.register(
            "given_touches",
            pa.table(
                {
                    "opportunity_key": deals,
                    "touch_key": keys,
                    "touch_number": (np.arange(touches) - starts + 1).astype(np.int32),
                    "channel_number": channels,
                }
            ),
        )
        connection.register(
            "given_deals",
            pa.table({"opportunity_key": np.arange(1, journeys + 1), "won": won}),
        )
        connection.execute(
            """
            create table intermediate.int_touchpoints__touches as
            select
                cast(touch_key as integer) as touch_key, cast(channel_number + 1 as smallint) as channel_number,
                'Channel ' || chr(65 + cast(channel_number as integer)) as channel
            from given_touches order by touch_key;
            create table intermediate.int_journeys__eligibility as
            select
                cast(opportunity_key as integer) as opportunity_key, cast(touch_key as integer) as touch_key,
                timestamp '2024-01-01' + to_hours(touch_number) as occurred_at, null::timestamp as occurred_from,
                null::timestamp as occurred_until,
                cast(channel_number + 1 as smallint) as channel_number,
                channel_number = 0 as is_direct, false as is_sales_activity, true as is_open_to_models
            from given_touches order by touch_key;
            create table intermediate.int_journeys__opportunities as
            select
                cast(opportunity_key as integer) as opportunity_key,
                case when won then 'won' else 'lost' end as outcome,
                cast(100 + opportunity_key % 9900 as decimal(18, 2)) as amount,
                timestamp '2024-01-01' as lead_created_until,
                timestamp '2024-01-03' as created_at, timestamp '2024-01-03' as created_until,
                timestamp '2024-06-01' as closed_at
            from given_deals;
            create table intermediate.int_journeys__model_windows as
            select
                cast(1 as integer) as window_id, cast(0 as integer) as lookback_days,
                'opportunity_created' as lookback_anchor, false as include_sales_activity;
            create table staging.stg_reference__run_context as select timestamp '2024-12-31' as as_of;
            """
        )
        start = time.perf_counter()
        connection.execute(
            f"""
            copy (
                select path, cast(won as integer) as total_conversions, 1 - cast(won as integer) as total_null
                from (
                    select opportunity_key, string_agg(channel, ' > ' order by occurred_at) as path
                    from intermediate.int_journeys__eligibility as eligibility
                    inner join intermediate.int_touchpoints__touches as touches using (touch_key)
                    group by opportunity_key
                )
                inner join given_deals using (opportunity_key)
            ) to '{folder / "journeys.parquet"}'
            """
        )
        return {"seconds": time.perf_counter() - start}


def enable(scratch: str, method: str, samples: int) -> None:
    """Make the method the only model of the night, and the counts that it doesn't need."""
    with _connect(scratch) as connection:
        connection.execute(
            f"""
            create or replace table staging.stg_reference__attribution_models as
            select '{method}' as model, '{method}' as method, true as enabled;
            create or replace table staging.stg_reference__run_context as
            select
                timestamp '2024-12-31' as as_of, 0 as learning_days, 10 as min_closed_journeys,
                {samples} as bootstrap_samples, 1 as bootstrap_seed;
            create or replace table intermediate.int_journeys__model_windows as
            select
                '{method}' as model, cast(1 as integer) as model_key, cast(1 as integer) as window_id,
                0 as lookback_days,
                'opportunity_created' as lookback_anchor, false as include_sales_activity;
            """
        )
        models = _models(scratch)
        for name in MODELS[: MODELS.index(NOT_NEEDED[method]) + 1]:
            models[name].build(connection, is_first_night=True)


def learn(scratch: str, method: str) -> dict[str, Any]:
    """From the journeys to the shares, as in a night in which the method, which is enabled, is the only model."""
    # Loaded before the clock starts, as the libraries are.
    for library in ("numpy.linalg", "numpy.random"):
        importlib.import_module(library)

    models = _models(scratch)
    steps: dict[str, float] = {}
    with _connect(scratch) as connection:
        for name in MODELS:
            if name != NOT_NEEDED[method]:
                start = time.perf_counter()
                models[name].build(connection, is_first_night=True)
                steps[name] = round(time.perf_counter() - start, 3)
        shares = dict(
            connection.execute("select player, share from intermediate.int_attribution__channel_effects").fetchall()
        )
    return {"seconds": sum(steps.values()), "steps": steps, "shares": shares}


# ---------------------------------------------------------------- other libraries


def compared(
    scratch: Path, method: str, requirements: str, runs: Mapping[str, Mapping[str, Any]]
) -> dict[str, Measurement]:
    """Each run of the library in a process of its own; none when it can't be installed."""
    python = installed(scratch / requirements, COMPARED / f"{requirements}.txt")
    if python is None:
        return {}
    measured = {}
    for run, options in runs.items():
        command = [
            str(python),
            "-m",
            "bench.compared.run",
            method,
            str(scratch / "journeys.parquet"),
            json.dumps(options),
        ]
        done = subprocess.run(command, cwd=PROJECT_ROOT, capture_output=True, text=True, check=True)
        result = json.loads(done.stdout.splitlines()[-1])
        measured[run] = Measurement(result.pop("seconds"), result.pop("peak_memory_mib"), result)
    return measured


def installed(folder: Path, requirements: Path) -> Path | None:
    """The Python of a new virtual environment with the requirements; None when pip can't install them."""
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    python = folder / "bin" / "python"
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", str(requirements)]
    done = subprocess.run(pip, capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"{requirements.stem} can't be installed:\n{done.stderr[-500:]}", file=sys.stderr)
        return None
    return python
