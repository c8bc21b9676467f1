"""A validation as people and as programs read it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gitinsight_quality.listing import printable
from gitinsight_quality.risk.figures import Estimate
from gitinsight_quality.risk.fixes import RULE
from gitinsight_quality.risk.rankings import RANKINGS
from gitinsight_quality.risk.validation import Validation
from gitinsight_quality.risk.windows import HORIZON

FIGURES = ("auc", "precision_at_20", "found_in_20_percent_of_lines")
"""The figures' names in JSON, in the order of ``figures.Figures``."""
SHOWN_FILES = 20


def to_json(found: Validation, repository: str, head: str) -> Mapping[str, Any]:
    """Everything as plain JSON; figures are empty where too few files were fixed."""
    compared = found.comparison
    return {
        "repository": repository,
        "head": head,
        "at": found.at.isoformat(),
        "commit": found.commit,
        "horizon_days": HORIZON.days,
        "fix": RULE,
        "fixed": found.fixed,
        "verdict": found.verdict,
        "figures": {
            name: _figures(values) for name, values in (compared.figures if compared else {}).items()
        },
        "over_loc": {
            name: _figures(values) for name, values in (compared.against if compared else {}).items()
        },
        "files": found.files.to_dicts(),
    }


def _figures(values: Sequence[Estimate]) -> Mapping[str, Mapping[str, float]]:
    return {
        name: {part: round(number, 4) for part, number in value._asdict().items()}
        for name, value in zip(FIGURES, values, strict=True)
    }


def as_table(found: Validation, repository: str) -> str:
    """A summary for a terminal: the verdict, a line a ranking, the files ranked first."""
    return "\n".join(_lines(found, repository)) + "\n"


def _lines(found: Validation, repository: str) -> Iterator[str]:
    yield f"{printable(repository)}  as of {found.at:%Y-%m-%d} ({found.commit[:10]})"
    yield (
        f"{found.fixed:,} of {found.files.height:,} code files were changed by a bug fix in the following "
        f"{HORIZON.days} days."
    )
    yield f"Verdict: {found.verdict}."
    if found.comparison:
        yield ""
        yield f"{'ranking':<28} {'AUC':<22} {'precision at 20':<22} found in 20 % of the lines"
        for name, title in RANKINGS.items():
            cells = [_interval(value) for value in found.comparison.figures[name]]
            yield f"{title:<28} {cells[0]:<22} {cells[1]:<22} {cells[2]}"
        difference = found.comparison.against["risk"]
        yield (
            f"Risk score over lines of code: AUC {difference[0].value:+.3f} ({difference[0].low:+.3f} to "
            f"{difference[0].high:+.3f}), precision at 20 {difference[1].value:+.2f} ({difference[1].low:+.2f} to "
            f"{difference[1].high:+.2f}). Intervals: 95 %, bootstrap over files."
        )
    yield ""
    yield f"{'score':>6} {'loc':>7} {'churn':>7}  fixed  file"
    for row in found.files.head(SHOWN_FILES).iter_rows(named=True):
        fixed = "yes" if row["fixed"] else ""
        yield f"{row['score']:6.2f} {row['loc']:7,} {row['churn']:7.1f}  {fixed:<5}  {printable(row['path'])}"


def _interval(value: Estimate) -> str:
    return f"{value.value:.3f} ({value.low:.3f}-{value.high:.3f})"
