"""What a fit leaves behind: the model as JSON with its card, and its figures as a page of documentation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gitinsight_quality.risk.features import FEATURES
from gitinsight_quality.risk.figures import Estimate
from gitinsight_quality.risk.fitting import TOP_FIXED, LeftOut, Sample, fit, leave_one_out
from gitinsight_quality.risk.printing import FIGURES
from gitinsight_quality.risk.rankings import BASELINE, RANKINGS

VERSION = "1"


def model_json(samples: Sequence[Sample]) -> Mapping[str, Any]:
    """The model of all samples, with what it reaches on repositories left out."""
    weights = fit(samples)
    judged = leave_one_out(samples)
    return {
        "version": VERSION,
        "intercept": round(float(weights[0]), 6),
        "weights": {
            name: round(float(weight), 6) for name, weight in zip(FEATURES, weights[1:], strict=True)
        },
        "card": {
            "fitted_until": max(sample.at for sample in samples).date().isoformat(),
            "repositories": _repositories(samples),
            "judged_repositories": len(judged.windows),
            "judged_windows": sum(judged.windows.values()),
            "left_out": {name: _numbers(values) for name, values in judged.means.items()},
            "over_loc": {name: _numbers(values) for name, values in judged.against.items()},
        },
    }


def _repositories(samples: Sequence[Sample]) -> Mapping[str, Mapping[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for sample in samples:
        row = found.setdefault(sample.repository, {"windows": 0, "files": 0, "fixed": 0})
        row["windows"] += 1
        row["files"] += sample.frame.height
        row["fixed"] += sample.fixed
    return found


def _numbers(values: Sequence[Estimate]) -> Mapping[str, Sequence[float]]:
    return {name: [round(part, 4) for part in value] for name, value in zip(FIGURES, values, strict=True)}


def markdown(samples: Sequence[Sample]) -> str:
    """The tables of a fit: pooled figures with intervals, then a line for each repository left out."""
    judged, every = leave_one_out(samples), leave_one_out(samples, only_judged=False)
    parts = [
        f"Windows in which at least {TOP_FIXED} files were fixed ({sum(judged.windows.values())} windows of "
        f"{len(judged.windows)} repositories):",
        "\n".join(_pooled(judged)),
        f"All windows that were fitted on ({sum(every.windows.values())} windows of {len(every.windows)} "
        f"repositories):",
        "\n".join(_pooled(every)),
        f"By repository left out (AUC / precision at 20, windows with at least {TOP_FIXED} fixed files):",
        "\n".join(_by_repository(judged)),
    ]
    return "\n\n".join(parts) + "\n"


def _pooled(judged: LeftOut) -> Iterator[str]:
    yield "| ranking | AUC | precision at 20 | found in 20 % of the lines | AUC over LOC | precision over LOC |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for name, title in RANKINGS.items():
        auc, precision, found = judged.means[name]
        over = ["", ""]
        if name != BASELINE:
            over = [
                f"{value.value:+.3f} ({value.low:+.3f} to {value.high:+.3f})"
                for value in judged.against[name][:2]
            ]
        yield f"| {title} | {auc.value:.3f} | {precision.value:.3f} | {found.value:.3f} | {over[0]} | {over[1]} |"


def _by_repository(judged: LeftOut) -> Iterator[str]:
    names = ("loc", "recent_churn", "loc_x_churn", "risk")
    yield "| repository | windows | " + " | ".join(RANKINGS[name] for name in names) + " |"
    yield "| --- | --- |" + " --- |" * len(names)
    for repository, rankings in judged.by_repository.items():
        cells = [f"{rankings[name][0]:.3f} / {rankings[name][1]:.2f}" for name in names]
        yield f"| {repository} | {judged.windows[repository]} | " + " | ".join(cells) + " |"
