"""CPU time of a forecast and of everything that is said of a series: ``python -m benchmarks.trends [FILE]``.

FILE holds series as ``python -m gitinsight_trends.backtest`` reads them; without one, counts are made whose
level jumps, with 260, 835 and 1,390 weeks. The change points stand beside ruptures' in the same run.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from gitinsight_trends import change_points, changes, forecast, forecast_sum, trend
from gitinsight_trends.backtest import backtest
from gitinsight_trends.seriesfile import read_series_file

MADE_WEEKS = (260, 835, 1390)
_SEED = 20_240_601


def main() -> None:
    """Measure on the series of a file, else on made ones."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.trends", description=__doc__)
    parser.add_argument("file", nargs="?", type=Path)
    parser.add_argument("--times", type=int, default=9, help="runs of which the median is taken")
    chosen = parser.parse_args()
    series: Mapping[Any, Any] = read_series_file(chosen.file) if chosen.file else made()
    tasks: dict[str, Callable[[Any], Any]] = {
        "one forecast": lambda values: forecast(values, 12),
        "forecast of a sum": lambda values: forecast_sum(values, 12),
        "backtest from 20 points": backtest,
        "trend": trend,
        "change points": change_points,
        "the same segments by ruptures": _by_ruptures,
        "forecast, backtest, trend, change points": _all,
    }
    lengths = sorted(len(values) for values in series.values())
    print(f"{len(series)} series of {lengths[0]} to {lengths[-1]} weeks; CPU milliseconds a series")
    print(f"{'':<44}{'median':>8}{'longest':>9}")
    for name, task in tasks.items():
        spent = [milliseconds(task, values, chosen.times) for values in series.values()]
        print(f"{name:<44}{np.median(spent):>8.2f}{max(spent):>9.2f}")


def made() -> dict[str, Any]:
    """Counts around levels that jump every 90 weeks."""
    random = np.random.default_rng(_SEED)
    found = {}
    for weeks in MADE_WEEKS:
        levels = np.repeat(random.uniform(1, 40, weeks // 90 + 1), 90)[:weeks]
        found[f"{weeks} weeks"] = random.negative_binomial(2, 2 / (2 + levels)).astype(float)
    return found


def milliseconds(task: Callable[[Any], Any], values: Any, times: int) -> float:
    """The median CPU time of so many runs, after one that is not counted."""
    task(values)
    spent = []
    for _ in range(times):
        begun = time.process_time()
        task(values)
        spent.append(1000 * (time.process_time() - begun))
    return float(np.median(spent))


def _all(values: Any) -> None:
    forecast(values, 12)
    backtest(values)
    trend(values)
    change_points(values)


def _by_ruptures(values: Any) -> Any:
    import ruptures

    logs = np.log1p(values)
    deviation = changes.noise(logs - np.median(logs)) or 1.0
    search = ruptures.KernelCPD(kernel="linear", min_size=changes.STRETCH_WEEKS)
    return search.fit((logs / deviation).reshape(-1, 1)).predict(pen=2 * math.log(len(logs)))


if __name__ == "__main__":
    main()
