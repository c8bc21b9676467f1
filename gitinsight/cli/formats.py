"""The forms in which an analysis at the command line is printed: a table, JSON, Markdown.

Texts from a repository are printed without control characters, so that a hostile path or subject
cannot steer the terminal.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Any

from gitinsight import __version__
from gitinsight.domain.report import Insight, Metric, Point, Severity
from gitinsight.logs import printable
from gitinsight.registry import Registry
from gitinsight.services.local import LocalAnalysis

Tell = Callable[[str, str, float, float], None]
SHOWN_INSIGHTS = 12
SHOWN_EVIDENCE = 3
LONGEST_TITLE = 200
HEADLINES = (
    ("quality.health", "Health", "{:.1f} of 10"),
    ("quality.hotspots", "Hotspots", "{:.0f} files"),
    ("people.contributors", "People in the last year", "{:.0f}"),
    ("people.absence_factor", "Carry half of the work", "{:.0f}"),
    ("activity.commits", "Commits in the last 13 weeks", "{:.0f}"),
    ("trends.direction", "Direction", "{:+.0f} % a year"),
)
_WEEKS = 13
_RANK = {severity: rank for rank, severity in enumerate(Severity)}


def ranked(found: LocalAnalysis) -> list[tuple[str, Insight]]:
    """All insights with their analyzers, most important first."""
    pairs = [(name, insight) for name, report in found.reports.items() for insight in report.insights]
    return sorted(pairs, key=lambda pair: (-_RANK[pair[1].severity], -pair[1].confidence, pair[1].title))


def headlines(found: LocalAnalysis) -> Iterator[tuple[str, str]]:
    """(title, value) of the numbers that a lead asks for first; n/a comes with its reason."""
    for metric, title, form in HEADLINES:
        points = [
            point
            for report in found.reports.values()
            for point in report.points
            if point.metric == metric and not point.dimension
        ]
        if not points:
            continue
        value = _headline_value(metric, points)
        yield title, form.format(value) if value is not None else f"n/a ({plain(points[-1].reason)})"


def _headline_value(metric: str, points: list[Point]) -> float | None:
    """The newest value, and of the weekly commits the sum of a quarter."""
    if metric != "activity.commits":
        return points[-1].value
    return sum(point.value or 0.0 for point in points[-_WEEKS:])


def as_table(found: LocalAnalysis, registry: Registry) -> str:
    """About twenty lines for people."""
    heading = [plain(found.repository), _counted(found.commits), found.head[:10], sum_seconds(found)]
    heading += [plain(str(found.paths))] if found.paths else []
    numbers = [f"  {title + ' ':.<32} {value}" for title, value in headlines(found)]
    insights = ranked(found)
    told = [
        f"  {insight.severity.value:<8} {_shortened(plain(insight.title))}"
        for _, insight in insights[:SHOWN_INSIGHTS]
    ]
    if len(insights) > SHOWN_INSIGHTS:
        told.append(
            f"           and {len(insights) - SHOWN_INSIGHTS} more; --format markdown shows all with their evidence"
        )
    told += [f"  failed   {name}: {plain(failure.reason)}" for name, failure in found.failures.items()]
    told += [f"  failed   {plain(f.plugin)}: {plain(f.reason)}" for f in registry.failures]
    parts = [["  ·  ".join(heading)], numbers, told]
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def _counted(commits: int) -> str:
    return f"{commits:,} commit{'s' * (commits != 1)}"


def _shortened(title: str) -> str:
    """The title without its end where a hostile path makes it fill the screen."""
    return title if len(title) <= LONGEST_TITLE else f"{title[: LONGEST_TITLE - 1]}…"


def as_markdown(found: LocalAnalysis, registry: Registry) -> str:
    """Everything for reading, with evidence, as a Markdown page."""
    lines = [f"# {_escaped(found.repository)}", ""]
    lines += [
        f"{_counted(found.commits)} up to `{found.head[:10]}`, analysed {found.at:%Y-%m-%d %H:%M} UTC.",
        *([f"Of its paths {_escaped(str(found.paths))}."] if found.paths else []),
        "",
    ]
    lines += [
        "| | |",
        "|---|---|",
        *(f"| {title} | {_escaped(value)} |" for title, value in headlines(found)),
        "",
    ]
    for name, insight in ranked(found):
        lines += [
            f"## {_escaped(insight.title)}",
            "",
            f"*{insight.severity.value}, confidence {insight.confidence:.2f}, {name}*",
            "",
            _escaped(insight.description),
            "",
            *(
                f"- {piece.kind.value}: {_escaped(piece.ref)}{_noted(piece.note)}"
                for piece in insight.evidence[:SHOWN_EVIDENCE]
            ),
            "",
        ]
    lines += [f"- {name} failed: {_escaped(failure.reason)}" for name, failure in found.failures.items()]
    lines += [f"- plugin {_escaped(f.plugin)} failed: {_escaped(f.reason)}" for f in registry.failures]
    return "\n".join(lines).rstrip() + "\n"


def _noted(note: str) -> str:
    return f" ({_escaped(note)})" if note else ""


def as_json(found: LocalAnalysis, registry: Registry) -> str:
    """Everything for programs: repository, head, insights, metrics, artifacts, timings, versions."""
    metrics = {metric.name: metric for name in found.reports for metric in registry.analyzers[name].metrics}
    fields = {
        "repository": {"name": found.repository, "address": found.address, "commits": found.commits}
        | found.paths.settings,
        "head": found.head,
        "analyzed_at": found.at.isoformat(),
        "insights": [{"analyzer": name} | asdict(insight) for name, insight in ranked(found)],
        "metrics": [_metric_fields(metric, found) for metric in metrics.values()],
        "artifacts": [
            {"analyzer": name} | asdict(artifact)
            for name, report in found.reports.items()
            for artifact in report.artifacts
        ],
        "failures": [
            *({"analyzer": name, "code": f.code, "reason": f.reason} for name, f in found.failures.items()),
            *({"plugin": f.plugin, "action": f.action, "reason": f.reason} for f in registry.failures),
        ],
        "seconds": {name: round(seconds, 3) for name, seconds in found.seconds.items()},
        "versions": {"gitinsight": __version__}
        | {analyzer.name: analyzer.version for analyzer in registry.analyzers.values()},
    }
    return json.dumps(fields, indent=1, ensure_ascii=True) + "\n"


def _metric_fields(metric: Metric, found: LocalAnalysis) -> dict[str, Any]:
    points = [
        point for report in found.reports.values() for point in report.points if point.metric == metric.name
    ]
    return {
        "name": metric.name,
        "id": metric.id,
        "title": metric.title,
        "unit": metric.unit,
        "bucket": metric.bucket.value,
        "points": [
            {"at": point.at.isoformat(), "value": point.value}
            | ({"reason": point.reason} if point.reason else {})
            | ({"dimension": point.dimension} if point.dimension else {})
            for point in points
        ],
    }


def sum_seconds(found: LocalAnalysis) -> str:
    """How long the reading and the longest analyzers took, which ran beside each other."""
    reading = found.seconds["sync"] + found.seconds["history"]
    analyzers = [seconds for name, seconds in found.seconds.items() if name not in {"sync", "history"}]
    return f"read in {reading:.1f} s, analysed in {max(analyzers, default=0.0):.1f} s"


def plain(text: str) -> str:
    """The text on one line, control characters replaced."""
    return printable(text)


def _escaped(text: str) -> str:
    """The text on one line with Markdown's own signs made harmless."""
    return "".join(f"\\{character}" if character in "\\`*_[]<>|#" else character for character in plain(text))


FORMATS: dict[str, Callable[[LocalAnalysis, Registry], str]] = {
    "table": as_table,
    "json": as_json,
    "markdown": as_markdown,
}
