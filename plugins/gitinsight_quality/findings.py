"""The findings in plain words: hotspots, complex functions, health, size and tests.

Each sentence carries its number, what it rests on and how sure it is. There is always one about size,
even where there is no code at all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from gitinsight.plugin import Evidence, EvidenceKind, Insight, InsightType, Severity
from gitinsight_quality.deductions import CATEGORIES, COMPLEX, VERY_COMPLEX
from gitinsight_quality.files import File
from gitinsight_quality.functions import Function
from gitinsight_quality.health import Band, FileHealth, RepositoryHealth, band_of
from gitinsight_quality.hotspots import Hotspots
from gitinsight_quality.metrics import IDS
from gitinsight_quality.sizes import Sizes
from gitinsight_quality.xray import FileXRay

MIN_CODE_FILES = 4
WARNING_SHARE = 0.1
"""Hotspots that take less of the changes than this are worth a look, not a warning."""
EVIDENCE_FILES = 10
EVIDENCE_COMMITS = 10
MANY_VERY_COMPLEX = 0.01

PARSED_BASIS = "share of the lines of programming languages whose functions could be parsed"
READABLE_BASIS = "share of the code files that could be read (not skipped as too large, binary or minified)"
STABILITY_BASIS = "share of 100 bootstrap resamples of the commits that give the same result"

SEVERITIES = {
    Band.HEALTHY: Severity.INFO,
    Band.PROBLEMATIC: Severity.NOTICE,
    Band.UNHEALTHY: Severity.WARNING,
}


@dataclass(frozen=True, slots=True)
class Findings:
    """All that the analysis found, before it is put into words."""

    head: str
    files: Sequence[File]
    sizes: Sizes
    functions: Sequence[tuple[File, Function]]
    health: RepositoryHealth
    hotspots: Hotspots
    touching: pl.DataFrame
    is_dormant: bool
    xrays: Sequence[FileXRay] = ()


def insights(findings: Findings) -> Iterator[Insight]:
    """The sentences that hold for this repository."""
    if findings.hotspots.table.height >= MIN_CODE_FILES:
        yield _hotspots(findings) if findings.hotspots.flagged.height else _no_hotspots(findings)
    if findings.functions:
        yield _complex_functions(findings)
    if findings.health.score is not None:
        yield _health(findings, findings.health.score)
    yield _size(findings)
    if findings.sizes.code:
        yield _tests(findings)


def _hotspots(findings: Findings) -> Insight:
    flagged, touching = findings.hotspots.flagged, findings.touching
    recent = findings.hotspots.changes.filter("is_recent")
    share = int(flagged["changes_year"].sum()) / recent.height
    lines = int(flagged["code"].sum()) / int(findings.hotspots.table["code"].sum())
    files = [
        Evidence(
            EvidenceKind.FILE,
            row["path"],
            f"{_count(row['changes_year'], 'change')} in the last year, complexity {row['complexity']:,}"
            + (" (lines of code)" if row["basis"] == "lines" else ""),
        )
        for row in flagged.head(EVIDENCE_FILES).iter_rows(named=True)
    ]
    commits = [
        Evidence(EvidenceKind.COMMIT, row["commit"], row["subject"])
        for row in touching.head(EVIDENCE_COMMITS).iter_rows(named=True)
    ]
    count = flagged.height
    return Insight(
        InsightType.HOTSPOT,
        severity_of(share, lines),
        f"{_count(count, 'complex file')} {_s(count, 'carries', 'carry')} {percent(share)} of the last year's changes "
        f"to code in {percent(lines)} of its lines",
        "Code that is both complex and often changed is where mistakes are likely and where tidying up pays back "
        "soonest. Start with the first file listed, and with the functions that its recent commits touch. A file's "
        "rank by lines alone stands beside its score: where both agree, size explains the finding.",
        round(findings.hotspots.stability, 3),
        [*files, *commits],
        [IDS["quality.hotspots"]],
        ["hotspot"],
        {
            "confidence_basis": STABILITY_BASIS,
            "artifacts": ["hotspots", "hotspot_files", "commits:quality.hotspots"],
            "share_of_changes": round(share, 4),
            "share_of_lines": round(lines, 4),
            "files": count,
        },
    )


def severity_of(share: float, lines: float) -> Severity:
    """How much it matters that files with this share of the lines take this share of the changes."""
    if share < lines:
        return Severity.INFO
    return Severity.WARNING if share >= 2 * lines and share >= WARNING_SHARE else Severity.NOTICE


def percent(share: float) -> str:
    """``26 %``; a little is never told as nothing."""
    return "less than 1 %" if 0 < share < 0.005 else f"{100 * share:.0f} %"


def _no_hotspots(findings: Findings) -> Insight:
    changes = findings.hotspots.changes
    recent = changes.filter("is_recent").height
    if findings.is_dormant:
        title = "Nobody committed in the last 12 months, so no file is a hotspot"
    elif not recent:
        title = "No code changed in the last 12 months, so no file is a hotspot"
    else:
        title = f"None of the {findings.hotspots.table.height:,} code files is both complex and often changed"
    top = findings.hotspots.table.head(5).iter_rows(named=True)
    evidence = [
        Evidence(
            EvidenceKind.FILE,
            row["path"],
            f"{_count(row['changes'], 'change')} in all, complexity {row['complexity']:,}",
        )
        for row in top
    ]
    return Insight(
        InsightType.HOTSPOT,
        Severity.INFO,
        title,
        "A hotspot is in the top quarter by change frequency and by complexity and changed at least three times in "
        "the last year. The files listed come closest; nothing needs to be done.",
        round(findings.hotspots.stability, 3),
        evidence,
        [IDS["quality.hotspots"]],
        ["hotspot"],
        {"confidence_basis": STABILITY_BASIS, "artifacts": ["hotspots", "hotspot_files"]},
    )


def _complex_functions(findings: Findings) -> Insight:
    functions = findings.functions
    very = sum(one.cyclomatic > VERY_COMPLEX for _, one in functions)
    many = sum(one.cyclomatic > COMPLEX for _, one in functions)
    worst_file, worst = functions[0]
    limit, count = (VERY_COMPLEX, very) if very else (COMPLEX, many)
    title = (
        f"{count:,} of {_count(len(functions), 'function')} {_s(count, 'has', 'have')} a cyclomatic complexity above "
        f"{limit}; the most complex is {worst.name} with {worst.cyclomatic}"
        if count
        else f"None of {_count(len(functions), 'function')} has a cyclomatic complexity above {COMPLEX}"
    )
    evidence = [
        Evidence(
            EvidenceKind.FILE,
            file.path,
            f"{one.name}, lines {one.start_line}-{one.end_line}: complexity {one.cyclomatic}",
        )
        for file, one in functions[:EVIDENCE_FILES]
    ]
    return Insight(
        InsightType.QUALITY,
        _complexity_severity(very / len(functions), many),
        title,
        "Cyclomatic complexity counts the branches that a reader has to follow and a test has to reach. Above 10 a "
        "function is hard to test in full, above 20 hard to change safely; splitting it at its branches helps most "
        "where it also changes often.",
        round(findings.sizes.parsed_share, 3),
        evidence,
        [IDS["quality.complex_functions"], IDS["quality.complexity_mean"]],
        ["complexity"],
        {
            "confidence_basis": PARSED_BASIS,
            "artifacts": ["functions"],
            "above_10": many,
            "above_20": very,
            "highest": {"path": worst_file.path, "name": worst.name, "cyclomatic": worst.cyclomatic},
        },
    )


def _complexity_severity(very_complex_share: float, complex_functions: int) -> Severity:
    if very_complex_share >= MANY_VERY_COMPLEX:
        return Severity.WARNING
    return Severity.NOTICE if complex_functions else Severity.INFO


def _health(findings: Findings, score: float) -> Insight:
    costs = sorted(findings.health.deductions.items(), key=lambda item: -item[1])
    deductions = {CATEGORIES[rule].name: round(cost, 3) for rule, cost in costs if round(cost, 2) > 0}
    main = next(iter(deductions), "")
    cause = f"; {main} cost most ({deductions[main]:.1f} points)" if main else ""
    advice = f"For {main}: {CATEGORIES[costs[0][0]].fix}" if main else "Nothing costs points worth naming."
    costly = sorted(findings.health.files, key=lambda health: -(10 - health.score) * health.code_lines)
    evidence = [
        Evidence(EvidenceKind.FILE, health.path, _main_findings(health)) for health in costly[:EVIDENCE_FILES]
    ]
    return Insight(
        InsightType.QUALITY,
        SEVERITIES[band_of(score)],
        f"Code health is {score:.1f} of 10 ({band_of(score)}){cause}",
        f"The score starts at 10 and loses points for what makes code hard to read, by a published formula. "
        f"{advice} The score tells where code is hard to read, not where bugs will be (the risk score does): use it "
        f"to find places to look at, not to compare teams.",
        round(findings.sizes.parsed_share, 3),
        evidence,
        [IDS["quality.health"]],
        ["health"],
        {
            "confidence_basis": PARSED_BASIS,
            "artifacts": ["findings", "functions"],
            "score": score,
            "band": str(band_of(score)),
            "deductions": deductions,
        },
    )


def _main_findings(health: FileHealth) -> str:
    counts = Counter(CATEGORIES[deduction.rule].name for deduction in health.deductions)
    named = ", ".join(f"{category} ({count})" for category, count in counts.most_common(3))
    return f"{health.score:.1f} of 10" + (f": {named}" if named else "")


def _size(findings: Findings) -> Insight:
    sizes = findings.sizes
    languages = sizes.code_languages
    largest = sorted(findings.files, key=lambda file: (-file.lines.total, file.path))[:EVIDENCE_FILES]
    notes = [(file.path, f"{file.language}, {_count(file.lines.total, 'line')}") for file in largest]
    evidence = [Evidence(EvidenceKind.FILE, *note) for note in notes]
    data: dict[str, Any] = {"confidence_basis": READABLE_BASIS, "artifacts": ["languages"]}
    if sizes.code:
        share = languages[0].code / sizes.code
        title = (
            f"{_count(sizes.code, 'line')} of code in {_count(sizes.files, 'file')}, {100 * share:.0f} % of them "
            f"{languages[0].language}"
        )
        all_parsed = sizes.parsed_code == sizes.programming_code
        description = "Comments, blank lines, vendored and generated files are not counted. " + (
            "All of it could be parsed down to its functions."
            if all_parsed
            else f"Functions are known for {100 * sizes.parsed_share:.1f} % of the lines in programming languages; the rest "
            "counts by lines only."
        )
        data["languages"] = {size.language: size.code for size in languages[:10]}
    else:
        title = f"There is no code among the {_count(len(findings.files), 'file')} in a language that we know"
        description = (
            "Complexity, health and hotspots need code, so they are missing here; the other analyses do not."
        )
    return Insight(
        InsightType.QUALITY,
        Severity.INFO,
        title,
        description,
        round(sizes.readable_share, 3),
        evidence or [Evidence(EvidenceKind.COMMIT, findings.head, "the analysed commit")],
        [IDS["quality.lines"], IDS["quality.files"]],
        ["size"],
        data,
    )


def _tests(findings: Findings) -> Insight:
    sizes = findings.sizes
    share = sizes.test_code / sizes.code
    tests = sorted(
        (file for file in findings.files if file.is_test and file.is_code), key=lambda file: -file.lines.code
    )
    subjects = tests or sorted(findings.files, key=lambda file: -file.lines.code)
    found = f"Tests make up {100 * share:.0f} % of the code ({_count(sizes.test_code, 'line')} in {_count(len(tests), 'file')})"
    return Insight(
        InsightType.QUALITY,
        Severity.INFO if tests else Severity.NOTICE,
        found if tests else "No file looks like a test by its place or its name",
        "Test files are told by their folder (test, tests, spec ...) and their name (test_x.py, x_test.go, XTest.java "
        "...). How much of the code they run is not known from here: a coverage tool says that.",
        round(sizes.readable_share, 3),
        [
            Evidence(EvidenceKind.FILE, file.path, _count(file.lines.code, "line"))
            for file in subjects[:EVIDENCE_FILES]
        ],
        [IDS["quality.test_share"]],
        ["tests"],
        {"confidence_basis": READABLE_BASIS, "artifacts": ["languages"], "share": round(share, 4)},
    )


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def _s(number: int, one: str, many: str) -> str:
    return one if number == 1 else many
