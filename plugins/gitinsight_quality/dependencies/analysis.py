"""The report on dependencies: numbers, one finding, and a table of all packages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import mean, median
from typing import Any

from gitinsight.plugin import (
    Artifact,
    ArtifactKind,
    Evidence,
    EvidenceKind,
    History,
    Insight,
    InsightType,
    Point,
    Report,
    Severity,
)
from gitinsight_quality.artifacts import Column
from gitinsight_quality.dependencies.lag import Lag, Lags, lags_of
from gitinsight_quality.dependencies.manifests import Manifest, direct, manifests_of
from gitinsight_quality.dependencies.metrics import IDS
from gitinsight_quality.dependencies.model import Dependency, Ecosystem

SETTINGS: Mapping[Ecosystem, str] = {
    Ecosystem.PYTHON: "python_index",
    Ecosystem.JAVASCRIPT: "npm_registry",
    Ecosystem.GO: "go_proxy",
}
"""The setting with the address of each ecosystem's registry."""

TOP_ROWS = 500
EVIDENCE_FILES = 20
_OLD_YEARS = 2.0
"""A package further behind than that is worth a notice: few libraries mend faults for so long."""

_COLUMNS = (
    Column("package", "Package", "text"),
    Column("years", "Behind", unit="years"),
    Column("version", "Used", "text"),
    Column("latest", "Newest", "text"),
    Column("requirement", "Required", "text"),
    Column("scope", "Needed for", "text"),
    Column("ecosystem", "Ecosystem", "text"),
    Column("manifest", "Manifest", "file"),
    Column("used_at", "Used is of", "date"),
    Column("latest_at", "Newest is of", "date"),
)
_DATED = frozenset({"years", "latest", "used_at", "latest_at"})
"""The columns that stand only where a registry has told something."""
_NO_MANIFEST = "no dependency manifest at this commit"
_OFFLINE = (
    "no registry is named for an ecosystem of this repository (GITINSIGHT_QUALITY_PYTHON_INDEX, "
    "GITINSIGHT_QUALITY_NPM_REGISTRY, GITINSIGHT_QUALITY_GO_PROXY)"
)


@dataclass(frozen=True, slots=True)
class Found:
    """All that the analysis knows; ``missing`` says why there are no libyears, ``trouble`` why some are not known."""

    manifests: Sequence[Manifest]
    rows: Sequence[tuple[Manifest, Dependency]]
    lags: Lags
    missing: str
    trouble: str = ""

    def lag(self, manifest: Manifest, dependency: Dependency) -> Lag | None:
        """How far a manifest's package lies behind, if that is known."""
        return self.lags.get((manifest.ecosystem, dependency.name, dependency.version))

    @property
    def packages(self) -> Mapping[tuple[Ecosystem, str], bool]:
        """Whether the used version of each package is known somewhere."""
        found: dict[tuple[Ecosystem, str], bool] = {}
        for manifest, dependency in self.rows:
            key = manifest.ecosystem, dependency.name
            found[key] = found.get(key, False) or bool(dependency.version)
        return found

    @property
    def behind(self) -> Mapping[tuple[Ecosystem, str], float]:
        """The years of each package where they are known, by its oldest used version."""
        found: dict[tuple[Ecosystem, str], float] = {}
        for manifest, dependency in self.rows:
            lag = self.lag(manifest, dependency)
            if lag and lag.years is not None:
                key = manifest.ecosystem, dependency.name
                found[key] = max(found.get(key, 0.0), lag.years)
        return found


def analyze(history: History, settings: Mapping[str, Any]) -> Report:
    """The dependencies at head; an empty report where there are no commits."""
    if history.commits.is_empty():
        return Report()
    manifests = manifests_of(history)
    addresses = {ecosystem: settings[name] for ecosystem, name in SETTINGS.items() if settings.get(name)}
    asked = [manifest for manifest in manifests if manifest.ecosystem in addresses]
    lags, trouble = lags_of(history, asked, addresses)
    missing = _OFFLINE if manifests and not asked else trouble or "no used version has a known date"
    found = Found(manifests, list(direct(manifests)), lags, missing if manifests else _NO_MANIFEST, trouble)
    return Report(list(_points(history, found)), [_insight(history, found)], list(_artifacts(found)))


def _points(history: History, found: Found) -> Iterator[Point]:
    packages, years = found.packages, list(found.behind.values())
    yield Point("dependencies.manifests", history.now, len(found.manifests))
    yield Point("dependencies.direct", history.now, len(packages))
    for ecosystem in sorted({ecosystem for ecosystem, _ in packages}):
        count = sum(one == ecosystem for one, _ in packages)
        yield Point("dependencies.direct", history.now, count, dimension=ecosystem)
    known = sum(packages.values()) / len(packages) if packages else None
    yield Point("dependencies.known_share", history.now, known, "" if packages else _NO_MANIFEST)
    for name, value in (
        ("libyears", sum(years)),
        ("libyears_mean", mean(years) if years else 0.0),
        ("libyears_median", median(years) if years else 0.0),
    ):
        told = round(value, 3) if years else None
        yield Point(f"dependencies.{name}", history.now, told, "" if years else found.missing)


def _insight(history: History, found: Found) -> Insight:
    packages, behind = found.packages, found.behind
    known = sum(packages.values())
    data: dict[str, Any] = {
        "confidence_basis": "share of the manifests that could be read",
        "artifacts": ["dependencies"] if packages else [],
        "unread": {manifest.path: manifest.problem for manifest in found.manifests if manifest.problem},
    }
    readable = sum(not manifest.problem for manifest in found.manifests)
    confidence = round(readable / len(found.manifests), 3) if found.manifests else 0.9
    evidence = [
        Evidence(EvidenceKind.FILE, manifest.path, manifest.problem or _packages(len(manifest.dependencies)))
        for manifest in found.manifests[:EVIDENCE_FILES]
    ]
    if not found.manifests:
        newest = history.commits["commit"][-1]
        data["confidence_basis"] = "a first guess: a manifest may have a name that is not known here"
        evidence = [Evidence(EvidenceKind.COMMIT, newest, "the newest commit, whose files were looked at")]
        title, severity = "No dependency manifest was found", Severity.INFO
        text = "Either the project stands on nothing but its language, or its packages are named in a way not read here."
    elif behind:
        (ecosystem, worst), years = max(behind.items(), key=lambda one: (one[1], one[0]))
        title = f"Direct dependencies are {sum(behind.values()):.1f} libyears behind, {worst} most with {years:.1f}"
        severity = Severity.NOTICE if years > _OLD_YEARS else Severity.INFO
        text = (
            f"{len(behind)} of {_packages(len(packages))} have a known version with dates; their median is "
            f"{median(behind.values()):.1f} years. Old versions get no mended faults and make later steps larger: "
            f"begin with {worst} ({ecosystem}), then with those that the software needs to run."
        )
        if found.trouble:
            text += f" Not all could be dated ({found.trouble}), so the sum is too low."
        data |= {"libyears": round(sum(behind.values()), 3), "packages_dated": len(behind)}
    else:
        title = f"{_packages(len(packages))} in {len(found.manifests)} manifest{'s' * (len(found.manifests) != 1)}"
        severity = Severity.INFO
        text = (
            f"The used version of {known} is known, from pins or lock files; what the others get depends on the day they "
            f"are installed. How far they lie behind is not known: {found.missing}."
        )
    ids = [IDS["dependencies.direct"], IDS["dependencies.known_share"], IDS["dependencies.libyears"]]
    return Insight(
        InsightType.QUALITY, severity, title, text, confidence, evidence, ids, ["dependencies"], data
    )


def _packages(count: int) -> str:
    return f"{count:,} direct dependenc{'y' if count == 1 else 'ies'}"


def _artifacts(found: Found) -> Iterator[Artifact]:
    """The table of packages, those furthest behind first."""
    if not found.rows:
        return
    rows = [
        _row(manifest, dependency, found.lag(manifest, dependency)) for manifest, dependency in found.rows
    ]
    rows.sort(key=lambda row: (-(row["years"] or 0.0), row["ecosystem"], row["package"], row["manifest"]))
    columns = [column for column in _COLUMNS if found.lags or column.name not in _DATED]
    content = {
        "columns": [column.describe() for column in columns],
        "rows": [[row[column.name] for column in columns] for row in rows[:TOP_ROWS]],
        "total": len(rows),
    }
    yield Artifact(
        "dependencies", ArtifactKind.TABLE, "Direct dependencies", content, IDS["dependencies.direct"]
    )


def _row(manifest: Manifest, dependency: Dependency, lag: Lag | None) -> Mapping[str, Any]:
    """The values of all columns by name."""
    years = lag.years if lag else None
    return {
        "package": dependency.name,
        "years": None if years is None else round(years, 2),
        "version": dependency.version,
        "latest": lag.latest if lag else "",
        "requirement": dependency.requirement,
        "scope": dependency.scope,
        "ecosystem": manifest.ecosystem,
        "manifest": manifest.path,
        "used_at": lag.used_at.date().isoformat() if lag and lag.used_at else None,
        "latest_at": lag.latest_at.date().isoformat() if lag and lag.latest_at else None,
    }
