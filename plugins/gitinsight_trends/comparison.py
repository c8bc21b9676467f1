"""The forecast beside its rivals on a file of series: ``python -m gitinsight_trends.backtest FILE [--json]``.

From ten points in each series' past the coming weeks are forecast with what was known then. Figures are
means of repositories' means, and a bootstrap over repositories, not over windows, says how far they would
move with other repositories: windows of one repository resemble each other.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from gitinsight_trends.errors import SeriesError
from gitinsight_trends.rivals import LEVELS, MEDIAN26, MODELS, SEASONAL
from gitinsight_trends.seriesfile import read_series_file
from gitinsight_trends.sums import forecast_sum

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

FIRST_TRAINING_WEEKS = 168
TEST_WEEKS = 26
SCALE_WEEKS = 260
RESAMPLES = 2000
DEFAULT_METRICS = frozenset({"commits", "authors", "churn"})


@dataclass(frozen=True, slots=True)
class Row:
    """One model: errors in units of the difference to the year before, ratios with 95 % intervals."""

    model: str
    mase: float
    to_median26: float
    to_median26_interval: tuple[float, float]
    to_seasonal: float
    pinball_to_quantiles26: float
    pinball_interval: tuple[float, float]
    coverage80: float
    coverage95: float
    cpu_ms: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """The rows, and what they were measured on; ``skipped`` are series too short or without a scale.

    The coverages of sums are those of ``forecast_sum`` over the whole horizon.
    """

    rows: list[Row]
    sum_coverage80: float
    sum_coverage95: float
    horizon: int
    repositories: int
    series: int
    skipped: int
    forecasts: int


def compare(
    series: Mapping[tuple[str, str], Floats], horizon: int = 12, count: int = 10, seed: int = 1
) -> Comparison:
    """All models on all series by (repository, metric); SeriesError where none is long enough."""
    scores: dict[str, list[Floats]] = {}
    sums: dict[str, list[Floats]] = {}
    forecasts = skipped = 0
    cpu = dict.fromkeys(MODELS, 0.0)
    for (repository, _), values in series.items():
        known = [(start, scale(values[:start])) for start in origins(len(values), horizon, count)]
        rated = [(start, unit) for start, unit in known if unit > 0]
        if not rated:
            skipped += 1
            continue
        found = np.array([_scores(values, start, horizon, unit, cpu) for start, unit in rated])
        scores.setdefault(repository, []).append(found.mean(axis=0))
        held = np.array([_sum_inside(values, start, horizon) for start, _ in rated])
        sums.setdefault(repository, []).append(held.mean(axis=0))
        forecasts += len(rated)
    if not scores:
        raise SeriesError(
            f"no series is long enough: {FIRST_TRAINING_WEEKS + max(TEST_WEEKS, horizon)} weeks are needed,"
            " with values that differ from those a year before"
        )
    by_repository = np.array([np.mean(of_one, axis=0) for of_one in scores.values()])
    rows = _rows(by_repository, {name: 1000 * spent / forecasts for name, spent in cpu.items()}, seed)
    covered80, covered95 = np.mean([np.mean(of_one, axis=0) for of_one in sums.values()], axis=0).tolist()
    return Comparison(
        rows, covered80, covered95, horizon, len(scores), len(series) - skipped, skipped, forecasts
    )


def origins(weeks: int, horizon: int, count: int) -> list[int]:
    """So many lengths of known past, evenly from 168 weeks to 26 (or one horizon) before the end."""
    newest = weeks - max(TEST_WEEKS, horizon)
    if newest < FIRST_TRAINING_WEEKS:
        return []
    return sorted({int(start) for start in np.linspace(FIRST_TRAINING_WEEKS, newest, count)})


def scale(known: Floats) -> float:
    """The mean absolute difference of weeks 52 apart in the last 260: the unit of a MASE."""
    recent = known[-SCALE_WEEKS:]
    return float(np.abs(recent[52:] - recent[:-52]).mean())


def pinball(levels: Floats, came: Floats) -> float:
    """The mean loss of the five levels, of shape (5, weeks), over the weeks that came."""
    missed = came - levels
    return float(np.maximum(LEVELS[:, None] * missed, (LEVELS[:, None] - 1) * missed).mean())


def _scores(
    values: Floats, start: int, horizon: int, unit: float, cpu: dict[str, float]
) -> list[list[float]]:
    """For each model: error, pinball loss and two coverages; its time is added to ``cpu``."""
    came = values[start : start + horizon]
    found = []
    for name, model in MODELS.items():
        begun = time.process_time()
        levels = model(values[:start], horizon)
        cpu[name] += time.process_time() - begun
        inside = [((levels[low] <= came) & (came <= levels[-1 - low])).mean() for low in (1, 0)]
        found.append([float(np.abs(came - levels[2]).mean()) / unit, pinball(levels, came) / unit, *inside])
    return found


def _sum_inside(values: Floats, start: int, horizon: int) -> list[bool]:
    """Whether the sum of the weeks that came lies inside the 80 and 95 % limits."""
    expected = forecast_sum(values[:start], horizon)
    came = float(values[start : start + horizon].sum())
    limits = ((expected.lower80, expected.upper80), (expected.lower95, expected.upper95))
    return [low <= came <= high for low, high in limits]


def _rows(scores: Floats, cpu_ms: Mapping[str, float], seed: int) -> list[Row]:
    """From scores of shape (repositories, models, 4)."""
    names = list(MODELS)
    half_year, year = names.index(MEDIAN26), names.index(SEASONAL)
    drawn = np.random.default_rng(seed).integers(0, len(scores), (RESAMPLES, len(scores)))
    means, resampled = scores.mean(axis=0), scores[drawn].mean(axis=1)

    def interval(model: int, score: int) -> tuple[float, float]:
        ratios = resampled[:, model, score] / resampled[:, half_year, score]
        low, high = np.quantile(ratios, [0.025, 0.975]).tolist()
        return low, high

    return [
        Row(
            name,
            float(means[i, 0]),
            float(means[i, 0] / means[half_year, 0]),
            interval(i, 0),
            float(means[i, 0] / means[year, 0]),
            float(means[i, 1] / means[half_year, 1]),
            interval(i, 1),
            float(means[i, 2]),
            float(means[i, 3]),
            cpu_ms[name],
        )
        for i, name in enumerate(names)
    ]


def table(comparison: Comparison) -> str:
    """The comparison as a Markdown table with a line that says what was measured."""
    head = "| model | MASE | / Median26 | / seasonal naive | pinball / quantiles of 26 weeks | 80 % | 95 % | CPU ms |"
    lines = [head, "|---|---|---|---|---|---|---|---|"]
    for row in comparison.rows:
        lines.append(
            f"| {row.model} | {row.mase:.3f} | {_ratio(row.to_median26, row.to_median26_interval)}"
            f" | {row.to_seasonal:.3f} | {_ratio(row.pinball_to_quantiles26, row.pinball_interval)}"
            f" | {100 * row.coverage80:.0f} | {100 * row.coverage95:.0f} | {row.cpu_ms:.2f} |"
        )
    counted = (
        f"{comparison.forecasts} forecasts of {comparison.horizon} weeks on {comparison.series} series of"
        f" {comparison.repositories} repositories; {comparison.skipped} series skipped."
        " Brackets: 95 % bootstrap interval over repositories.\n"
        f"Of the sums over {comparison.horizon} weeks {100 * comparison.sum_coverage80:.0f} and"
        f" {100 * comparison.sum_coverage95:.0f} % fell inside their 80 and 95 % limits."
    )
    return "\n".join([*lines, "", counted])


def _ratio(value: float, interval: tuple[float, float]) -> str:
    return f"{value:.3f} [{interval[0]:.3f}, {interval[1]:.3f}]"


def _chosen(series: Mapping[tuple[str, str], Floats], metrics: set[str]) -> dict[tuple[str, str], Floats]:
    there = {metric for _, metric in series}
    if unknown := metrics - there:
        raise SeriesError(
            f"there is no metric {', '.join(sorted(unknown))}; there are {', '.join(sorted(there))}"
        )
    wanted = metrics or (DEFAULT_METRICS & there) or there
    return {key: values for key, values in series.items() if key[1] in wanted}


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the comparison on a file; 2 and one sentence for a file that cannot be used."""
    parser = argparse.ArgumentParser(prog="python -m gitinsight_trends.backtest", description=__doc__)
    parser.add_argument(
        "file", type=Path, help="CSV, or CSV in gzip, with the columns repo, metric, week, value"
    )
    parser.add_argument(
        "--metrics",
        default="",
        help="some of the file's, by comma; default commits,authors,churn where there, else all",
    )
    parser.add_argument("--horizon", type=int, default=12, choices=range(1, 53), metavar="WEEKS")
    parser.add_argument("--origins", type=int, default=10, choices=range(1, 201), metavar="COUNT")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    asked = parser.parse_args(arguments)
    try:
        series = _chosen(read_series_file(asked.file), {name for name in asked.metrics.split(",") if name})
        comparison = compare(series, asked.horizon, asked.origins)
    except (SeriesError, OSError) as error:
        print(f"{asked.file}: {error}", file=sys.stderr)
        return 2
    print(json.dumps(asdict(comparison), indent=2) if asked.json else table(comparison))
    return 0
