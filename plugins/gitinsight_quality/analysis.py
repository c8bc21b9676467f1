"""The analysis as one readable list: measure the files, derive the numbers, say what they mean."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gitinsight.plugin import Artifact, History, Point, Report
from gitinsight_quality import artifacts, complexity_history, duplication_report, health_report, xray_report
from gitinsight_quality.catalog import BY_NAME
from gitinsight_quality.deductions import COMPLEX
from gitinsight_quality.duplication import Duplication, duplication_of
from gitinsight_quality.files import File, measured_files
from gitinsight_quality.findings import Findings, insights
from gitinsight_quality.health import health_of
from gitinsight_quality.hotspots import find_hotspots, is_dormant, touching_commits
from gitinsight_quality.metrics import DEFINITIONS
from gitinsight_quality.risk import report
from gitinsight_quality.sizes import Sizes, sum_sizes
from gitinsight_quality.xray import xray

NO_CODE = "no code files at this commit"
NO_FUNCTIONS = "no code in a language that can be parsed"


def analyze(history: History, settings: Mapping[str, Any]) -> Report:
    """The quality report of a repository at its head; an empty report where there are no commits."""
    if history.commits.is_empty():
        return Report()
    time_limit = float(settings.get("file_time_limit_seconds", 5.0))
    files = measured_files(history, time_limit)
    duplication = duplication_of(history, files)
    half_life = float(settings.get("hotspot_half_life_days", 180.0))
    hotspots = find_hotspots(history, files, half_life)
    findings = Findings(
        head=history.head,
        files=files,
        sizes=sum_sizes(files),
        functions=artifacts.by_complexity(file for file in files if file.is_parsed),
        health=health_of(files, duplication.files),
        hotspots=hotspots,
        touching=touching_commits(history, hotspots),
        is_dormant=is_dormant(history),
        xrays=xray(history, files, hotspots, half_life, time_limit),
    )
    found = Report(list(_points(history, findings)), list(insights(findings)), list(_artifacts(findings)))
    found = _with_duplication_and_targets(found, findings, duplication, history)
    seen = findings.xrays
    changed = [
        *xray_report.artifacts(seen),
        *complexity_history.artifacts(history, [one.file for one in seen], time_limit),
    ]
    risk = report.assess(history, files, time_limit)
    return Report(
        [*found.points, *report.points(history, risk)],
        [*found.insights, *xray_report.insights(seen), *report.insights(risk)],
        [*found.artifacts, *changed, *report.artifacts(risk)],
    )


def _with_duplication_and_targets(
    found: Report, findings: Findings, duplication: Duplication, history: History
) -> Report:
    sizes, health = findings.sizes, findings.health
    return Report(
        [*found.points, *duplication_report.points(duplication, history.now)],
        [
            *found.insights,
            *duplication_report.insights(duplication, sizes.readable_share),
            *health_report.insights(health, sizes.parsed_share),
        ],
        [
            *found.artifacts,
            *duplication_report.artifacts(duplication),
            *health_report.artifacts(health, findings.files),
        ],
    )


def _points(history: History, findings: Findings) -> Iterator[Point]:
    sizes, functions = findings.sizes, findings.functions
    complexities = [function.cyclomatic for _, function in functions]
    has_parsed = any(file.is_parsed for file in findings.files)
    values: Mapping[str, tuple[float | None, str]] = {
        "health": (findings.health.score, NO_FUNCTIONS),
        "lines": (sizes.code, ""),
        "files": (sizes.files, ""),
        "functions": (len(functions) if has_parsed else None, NO_FUNCTIONS),
        "complexity_mean": (_share(sum(complexities), len(complexities)), "no function was found"),
        "complex_functions": (
            sum(value > COMPLEX for value in complexities) if has_parsed else None,
            NO_FUNCTIONS,
        ),
        "hotspots": (findings.hotspots.flagged.height if sizes.files else None, NO_CODE),
        "comment_share": (_share(sizes.comment, sizes.comment + sizes.code), NO_CODE),
        "documentation_share": (
            _share(sizes.documentation, sizes.documentation + sizes.code),
            "no code or documentation at this commit",
        ),
        "test_share": (_share(sizes.test_code, sizes.code), NO_CODE),
    }
    for name, (value, reason) in values.items():
        missing = "" if value is not None else reason
        yield Point(f"quality.{name}", history.now, None if value is None else float(value), missing)
    for size in sizes.code_languages:
        yield Point("quality.lines", history.now, float(size.code), dimension=size.language)
        yield Point("quality.files", history.now, float(size.files), dimension=size.language)


def _artifacts(findings: Findings) -> Iterator[Artifact]:
    table = findings.hotspots.table
    if not table.is_empty():
        yield artifacts.hotspot_map(table, xray_report.parts(findings.xrays))
        yield artifacts.hotspot_table(table)
        title = "Commits of the last year that touched a hotspot"
        yield artifacts.commit_list(DEFINITIONS["quality.hotspots"], title, findings.touching)
    if findings.functions:
        yield artifacts.function_table(findings.functions)
    yield _language_table(findings.sizes)
    yield from artifacts.skipped_table(_code_languages(findings.files))


def _language_table(sizes: Sizes) -> Artifact:
    rows = [
        [
            size.language,
            str(BY_NAME[size.language].kind),
            size.files,
            size.code,
            size.comment,
            size.blank,
            round(_share(size.code, sizes.code) or 0.0, 4) if size.is_code else None,
            size.parsed_files,
            size.erroneous_files,
        ]
        for size in sizes.languages
    ]
    return artifacts.table(
        "languages",
        "Files and lines by language",
        artifacts.LANGUAGE_COLUMNS,
        rows,
        total=len(rows),
        metric="quality.lines",
    )


def _code_languages(files: Sequence[File]) -> Sequence[File]:
    return [file for file in files if BY_NAME[file.language].is_code]


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole else None
