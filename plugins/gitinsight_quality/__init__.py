"""Code quality: size, complexity, duplication, hotspots, a health that anyone can recompute, and a proved risk.

The hooks only; what they need is imported when an analysis runs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gitinsight.plugin import Analyzer, History, Model, Needs, Report, Setting, Table, hookimpl
from gitinsight_quality.catalog import LANGUAGES
from gitinsight_quality.dependencies.metrics import METRICS as DEPENDENCY_METRICS
from gitinsight_quality.metrics import METRICS, MONTHLY_METRICS
from gitinsight_quality.tables import DEPENDENCIES, FUNCTIONS

if TYPE_CHECKING:
    import click


VERSION = "2"
"""Of the rules by which code is measured and judged."""


def _analyze(history: History, settings: Mapping[str, Any]) -> Report:
    from gitinsight_quality.analysis import analyze

    return analyze(history, settings)


def _analyze_past(history: History, settings: Mapping[str, Any]) -> Report:
    from gitinsight_quality.over_time import analyze

    return analyze(history, settings)


def _analyze_dependencies(history: History, settings: Mapping[str, Any]) -> Report:
    from gitinsight_quality.dependencies.analysis import analyze

    return analyze(history, settings)


def _positive(text: str) -> float:
    number = float(text)
    if not 0 < number < float("inf"):
        raise ValueError(f"{text!r} is not a positive number")
    return number


def _address(text: str) -> str:
    if text and not text.startswith(("http://", "https://")):
        # Without the text itself, which may hold credentials.
        raise ValueError("the address of a registry begins with http:// or https://")
    return text.rstrip("/")


@hookimpl
def register_analyzers() -> Sequence[Analyzer]:
    """``quality`` and ``dependencies`` look at head, ``quality_history`` at how the code came to be what it is."""
    return [
        Analyzer(
            name="quality",
            title="Code quality",
            version=VERSION,
            analyze=_analyze,
            metrics=METRICS,
            description="Size by language, complexity, duplication, hotspots, code health and risk at head.",
            needs=Needs.NEWEST_CHANGES,
        ),
        Analyzer(
            name="quality_history",
            title="Code quality over time",
            version="1",
            analyze=_analyze_past,
            metrics=MONTHLY_METRICS,
            # It reads nothing of the others: what is known of head should not wait for the past.
            after=("*",),
            description="Health, size and complexity at the end of each month and at each release.",
            needs=Needs.COMMITS,
        ),
        Analyzer(
            name="dependencies",
            title="Dependencies",
            version="1",
            analyze=_analyze_dependencies,
            metrics=DEPENDENCY_METRICS,
            # A slow registry should delay nothing else.
            after=("*",),
            description="The packages that manifests name, and how many years they lie behind.",
            needs=Needs.COMMITS,
        ),
    ]


@hookimpl
def register_tables() -> Sequence[Table]:
    """The tables ``functions`` and ``dependencies``."""
    return [FUNCTIONS, DEPENDENCIES]


@hookimpl
def register_settings() -> Sequence[Setting]:
    """How fast changes lose weight, how long one file may take, and which registries may be asked."""
    return [
        Setting(
            "hotspot_half_life_days",
            180.0,
            "After so many days a change counts half as much for hotspots.",
            _positive,
        ),
        Setting(
            "file_time_limit_seconds",
            5.0,
            "A file whose parsing takes longer counts by lines only.",
            _positive,
        ),
        Setting(
            "history_seconds",
            5.0,
            "So long one analysis looks at past months and releases; the next one goes on where it ended.",
            _positive,
        ),
        *(
            Setting(
                name,
                "",
                f"{what} that may be asked when versions were released; nothing is sent without it.",
                _address,
                True,
            )
            for name, what in (
                ("python_index", "A Python package index (simple API as JSON)"),
                ("npm_registry", "A registry of npm packages"),
                ("go_proxy", "A proxy of Go modules"),
            )
        ),
    ]


def _load_judge() -> Callable[..., Any]:
    from gitinsight_quality.judging import create_judge

    return create_judge()


def _load_risk() -> Callable[..., Any]:
    from gitinsight_quality.risk.model import load_model

    return load_model().score


@hookimpl
def register_models() -> Sequence[Model]:
    """The risk score, with what it reached on repositories that it was not fitted on."""
    from gitinsight_quality.risk import weights

    content = weights.shipped()
    return [
        Model(
            name="code-quality",
            task="code-analysis",
            version=VERSION,
            title="Functions, code health and findings of a text of code: published rules, nothing learned",
            size_bytes=0,
            load=_load_judge,
            accuracy={"functions_found_as_radon": 1.0, "cyclomatic_as_radon": 1.0},
            card={
                "languages": [row.name for row in LANGUAGES],
                "measured": "11,183 functions of four Python projects beside radon 6.0.1",
            },
        ),
        Model(
            name="file-risk",
            task="risk",
            version=content["version"],
            title=f"Which files a bug fix will change: logistic weights from {len(content['card']['repositories'])} "
            "public repositories' past",
            size_bytes=len(weights.shipped_text().encode()),
            load=_load_risk,
            accuracy=weights.accuracy(),
        ),
    ]


@hookimpl
def register_commands() -> Sequence[click.Command]:
    """The commands ``findings``, ``validate`` and ``fit``."""
    from gitinsight_quality.commands import findings
    from gitinsight_quality.risk.commands import fit, validate

    return [findings, validate, fit]
