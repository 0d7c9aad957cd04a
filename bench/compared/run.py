"""Runs another library on the journeys of the benchmark, with that library's own Python: nothing of Throughline's here
but how memory is counted.

    python -m bench.compared.run markov <journeys.parquet> '{"nsim_start": 1e5}'

The journeys have a row each: path (channels joined by ' > '), total_conversions (0 or 1), total_null (the other way
round). What it prints last is JSON: seconds of the computation without reading the file, peak memory in MiB, and what
share of the conversions each channel got.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from typing import Any

import pandas as pd

from bench.memory import peak_memory_mib

SEPARATOR = " > "


def markov(journeys: pd.DataFrame, **options: Any) -> Callable[[], dict[str, float]]:
    from ChannelAttribution import markov_model

    def run() -> dict[str, float]:
        found = markov_model(
            journeys,
            "path",
            "total_conversions",
            var_null="total_null",
            sep=SEPARATOR.strip(),
            verbose=False,
            flg_pro=False,
            **options,
        )
        table = found if isinstance(found, pd.DataFrame) else found["result"]
        return dict(zip(table["channel_name"].str.strip(), table["total_conversions"], strict=True))

    return run


def shapley(journeys: pd.DataFrame, **options: Any) -> Callable[[], dict[str, float]]:
    from mta import MTA

    def run() -> dict[str, float]:
        model = MTA(journeys, add_timepoints=False, **options)
        return dict(model.shapley().attribution["shapley"])

    return run


def shapley_rate(journeys: pd.DataFrame, **options: Any) -> Callable[[], dict[str, float]]:
    from mam.core import MAM

    table = journeys.assign(occurrences=1, converted=journeys["total_conversions"] == 1)

    def run() -> dict[str, float]:
        model = MAM(
            table,
            format_type="grouped_journey",
            channels_colname="path",
            journey_with_conv_colname="converted",
            occurrences_colname="occurrences",
            path_separator=SEPARATOR,
        )
        worth = model.run_shapley(**options).to_dict()
        return dict(zip(worth["channels"], worth["attribution"], strict=True))

    return run


LIBRARIES = {"markov": markov, "shapley": shapley, "shapley_rate": shapley_rate}


def main(method: str, file: str, options: str) -> None:
    run = LIBRARIES[method](pd.read_parquet(file), **json.loads(options))
    start = time.perf_counter()
    worth = run()
    seconds = time.perf_counter() - start
    total = sum(worth.values())
    shares = {channel: float(number) / total for channel, number in sorted(worth.items())}
    print("\n" + json.dumps({"seconds": seconds, "peak_memory_mib": peak_memory_mib(), "shares": shares}))


if __name__ == "__main__":
    main(*sys.argv[1:])
