"""The definitions of the numbers on dependencies."""

from __future__ import annotations

from gitinsight.plugin import Bucket, Metric

_MANIFESTS = (
    "Manifests are pyproject.toml, setup.cfg, setup.py and requirements files, Pipfile, package.json, go.mod, "
    "Cargo.toml, Gemfile and gemspecs, composer.json, pom.xml and Gradle scripts, and .NET projects; vendored and "
    "generated ones and those of tests are out. They are read, never run: what code works out is not known. "
)
_USED = (
    "The used version is the one that the manifest pins or, where it does not, that the lock file beside or above it "
    "tells (uv.lock, poetry.lock, pdm.lock, Pipfile.lock, package-lock.json, npm-shrinkwrap.json, yarn.lock, "
    "pnpm-lock.yaml, Cargo.lock, Gemfile.lock, composer.lock). "
)
_LIBYEAR = (
    "A package's libyears (Cox, Bouwers, van Eekelen and Visser, ICSE 2015) are (release of its newest stable version - "
    "release of the used version) / 365.25 days, 0 where the used one is the newer; packages whose used version or "
    "dates are not known are out. In several manifests a package counts once, by its oldest used version. Direct "
    "dependencies only, without a period of grace. Dates are those of the registries that the operator has named for Python, "
    "JavaScript and Go, remembered for a week; missing where none is named or none answers. "
)


def _metric(name: str, title: str, unit: str, definition: str, better: str = "") -> Metric:
    return Metric(f"dependencies.{name}", title, unit, definition.strip(), Bucket.SNAPSHOT, better=better)


METRICS = (
    _metric("manifests", "Dependency manifests", "files", "Files that name packages. " + _MANIFESTS),
    _metric(
        "direct",
        "Direct dependencies",
        "packages",
        "Different packages that manifests name, in all and by ecosystem, whatever they are needed for: running, "
        "options, building, development. " + _MANIFESTS,
    ),
    _metric(
        "known_share",
        "Dependencies with a known version",
        "share",
        "Direct dependencies whose used version is known / direct dependencies. " + _USED + _MANIFESTS,
        "higher",
    ),
    _metric("libyears", "Libyears behind", "years", "The sum over packages. " + _LIBYEAR + _USED, "lower"),
    _metric(
        "libyears_mean",
        "Libyears behind, mean",
        "years",
        "The mean over packages. " + _LIBYEAR + _USED,
        "lower",
    ),
    _metric(
        "libyears_median",
        "Libyears behind, median",
        "years",
        "The median over packages. " + _LIBYEAR + _USED,
        "lower",
    ),
)
IDS = {metric.name: metric.id for metric in METRICS}
