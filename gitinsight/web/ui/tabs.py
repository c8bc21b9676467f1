"""The parts of a repository's page: which tab shows which analyzers' charts, and in which order."""

from __future__ import annotations

from dataclasses import dataclass

from gitinsight.domain.lifecycle import Stage
from gitinsight.domain.report import ArtifactKind
from gitinsight.registry import Registry
from gitinsight.services.dashboards import RepositoryPage
from gitinsight.services.insights import ArtifactLink

TABS = {
    "overview": ("Overview", ()),
    "code": ("Code", ("quality", "quality_history", "dependencies")),
    "people": ("People", ("people", "ownership")),
    "mood": ("Mood", ("sentiment", "sentiment_folders")),
    "trends": ("Trends", ("activity", "trends")),
    "numbers": ("All numbers", ()),
}
"""The product's own tabs; an analyzer of a plugin that stands in none of them gets one of its own."""

OPEN_TABLES = 2
"""How many tables a tab may show in full; a page of more is too long to find anything on."""


@dataclass(frozen=True, slots=True)
class ChartPlace:
    """A chart on the first screen: the artifacts that may stand there, the first that exists does."""

    key: str
    title: str
    kind: ArtifactKind
    choices: tuple[tuple[str, str], ...]
    wide: bool = False

    @property
    def analyzer(self) -> str:
        """The analyzer that fills the place in the end."""
        return self.choices[0][0]


FIRST_CHARTS = (
    ChartPlace(
        "activity",
        "Activity and its forecast",
        ArtifactKind.CHART,
        (("trends", "forecast:activity.commits"), ("activity", "activity")),
        wide=True,
    ),
    ChartPlace("hotspots", "Hotspots", ArtifactKind.TREEMAP, (("quality", "hotspots"),), wide=True),
    ChartPlace("contributors", "Contributors", ArtifactKind.CHART, (("people", "active_authors"),)),
    ChartPlace("mood", "Mood of commit messages", ArtifactKind.CHART, (("sentiment", "mood"),)),
)


@dataclass(frozen=True, slots=True)
class Figure:
    """One chart of a tab; ``link`` is None while its analyzer works, and ``waiting`` then says how far.

    ``folded`` ones show their title only, until somebody opens them.
    """

    key: str
    title: str
    kind: str
    wide: bool
    link: ArtifactLink | None
    waiting: str = ""
    folded: bool = False


@dataclass(frozen=True, slots=True)
class Tab:
    """The chosen tab: its analyzers, and the figures that it shows."""

    key: str
    analyzers: tuple[str, ...]
    figures: list[Figure]


def labels(page: RepositoryPage, registry: Registry) -> list[tuple[str, str]]:
    """The tabs of a repository's page as (key, label)."""
    titles = {name: analyzer.title for name, analyzer in registry.analyzers.items()}
    own = [(key, label) for key, (label, _) in TABS.items()]
    return [*own[:-1], *((name, titles.get(name, name)) for name in _others(page)), own[-1]]


def _others(page: RepositoryPage) -> list[str]:
    """Analyzers with results that no tab of the product shows."""
    known = {name for _, names in TABS.values() for name in names}
    results = {link.analyzer for link in page.artifacts} | {insight.analyzer for insight in page.insights}
    return sorted(results - known)


def choose(page: RepositoryPage, wanted: str) -> Tab:
    """The wanted tab, or the first where there is none of this key."""
    if wanted in TABS:
        analyzers: tuple[str, ...] = TABS[wanted][1]
        return Tab(wanted, analyzers, _first_charts(page) if wanted == "overview" else _all(page, analyzers))
    if wanted in _others(page):
        return Tab(wanted, (wanted,), _all(page, (wanted,)))
    return choose(page, "overview")


def _first_charts(page: RepositoryPage) -> list[Figure]:
    links = {(link.analyzer, link.name): link for link in page.artifacts}
    figures = []
    for place in FIRST_CHARTS:
        link = next((links[choice] for choice in place.choices if choice in links), None)
        if link is not None:
            figures.append(Figure(_key(link), link.title, link.kind, place.wide, link))
        elif waiting := _waiting(page, place.analyzer):
            figures.append(Figure(f"waiting-{place.key}", place.title, place.kind, place.wide, None, waiting))
    return figures


def _waiting(page: RepositoryPage, analyzer: str) -> str:
    """How far the analyzer of a running analysis is; empty where it does not run."""
    stages = page.job.stages if page.job and page.is_busy else []
    stage = next((s for s in stages if s.stage is Stage.ANALYZE and s.analyzer == analyzer), None)
    if stage is None or stage.state.is_final:
        return ""
    return f"{stage.title}: {100 * stage.progress:.0f} %" if stage.progress else "Waiting for its turn"


def _all(page: RepositoryPage, analyzers: tuple[str, ...]) -> list[Figure]:
    """What these analyzers drew: charts, other drawings, tables; commits stand on their metrics' pages.

    What stands on the first screen comes first here, too; tables fold where there are more than a few.
    """
    shown = [
        link for link in page.artifacts if link.analyzer in analyzers and link.kind != ArtifactKind.COMMITS
    ]
    shown.sort(key=lambda link: analyzers.index(link.analyzer))
    many = sum(link.kind == ArtifactKind.TABLE for link in shown) > OPEN_TABLES
    figures = [
        Figure(
            _key(link),
            link.title,
            link.kind,
            _is_wide(link),
            link,
            folded=many and link.kind == ArtifactKind.TABLE,
        )
        for link in shown
    ]
    main = {choice for place in FIRST_CHARTS for choice in place.choices}
    first = {_key(link) for link in shown if (link.analyzer, link.name) in main}
    return sorted(
        figures, key=lambda figure: (figure.kind == ArtifactKind.TABLE, figure.key not in first, figure.wide)
    )


def _is_wide(link: ArtifactLink) -> bool:
    return link.kind != ArtifactKind.CHART


def _key(link: ArtifactLink) -> str:
    """An id that changes with the content, so that a page keeps the charts that are still true."""
    name = "".join(letter if letter.isalnum() or letter in "-_" else "-" for letter in link.name)
    return f"{link.analyzer}-{name}-{link.etag[:8]}"
