"""What the pages show: a repository at a glance, the overview of all, and the evidence behind a number."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from gitinsight.domain.access import Permission, Role, Viewer, allows
from gitinsight.registry import PluginFailure
from gitinsight.services import headlines, health, insights, progress, rankings, repositories
from gitinsight.services.context import session
from gitinsight.services.headlines import TILES, HeadlinePoints, Tile
from gitinsight.services.insights import ArtifactLink, InsightView
from gitinsight.services.progress import JobView
from gitinsight.services.rankings import Ranked
from gitinsight.services.repositories import RepositoryView, row_for
from gitinsight.store import measures
from gitinsight.store.measures import InsightQuery
from gitinsight.store.repositories import RepositoryQuery

TOP_INSIGHTS = 5
MOST_INSIGHTS = 200


@dataclass(frozen=True, slots=True)
class RepositoryPage:
    """Everything that the first screen of a repository shows; ``insights`` are all, most important first.

    ``history_since`` is the moment after which all changes stand behind the results, None where all
    changes do.
    """

    repository: RepositoryView
    job: JobView | None
    sentence: str
    tiles: list[Tile]
    insights: list[InsightView]
    artifacts: list[ArtifactLink]
    languages: list[tuple[str, float]]
    may_analyze: bool
    may_manage: bool
    is_followed: bool
    history_since: datetime | None

    @property
    def is_busy(self) -> bool:
        """Whether an analysis is under way."""
        return self.job is not None and not self.job.state.is_final

    @property
    def top_insights(self) -> list[InsightView]:
        """Those that are shown at once."""
        return self.insights[:TOP_INSIGHTS]

    @property
    def other_insights(self) -> list[InsightView]:
        """Those that are folded."""
        return self.insights[TOP_INSIGHTS:]

    @property
    def awaited_insights(self) -> int:
        """For how many insights the page keeps room while they are computed."""
        return max(0, TOP_INSIGHTS - len(self.insights)) if self.is_busy else 0


@dataclass(frozen=True, slots=True)
class Summary:
    """A repository in one sentence and its tiles."""

    repository: RepositoryView
    sentence: str
    tiles: list[Tile]


@dataclass(frozen=True, slots=True)
class RepositoryCard:
    """A repository on the overview: its tiles' values by key, and its commits as a line."""

    repository: RepositoryView
    values: Mapping[str, float | None]
    spark: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Overview:
    """The repositories with what matters most among them; failed plugins are told to admins only.

    ``moves`` are those among them in which something goes on, against their own usual activity, where
    they were asked for.
    """

    cards: list[RepositoryCard]
    more: bool
    moves: list[Ranked]
    insights: list[tuple[RepositoryView, InsightView]]
    plugin_failures: list[PluginFailure]


@dataclass(frozen=True, slots=True)
class EvidenceTable:
    """The rows of a table that name a thing, without the column that names it; a ``table`` artifact."""

    title: str
    content: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class EvidencePage:
    """What is known about one commit, file, person or release of a repository."""

    repository: RepositoryView
    kind: str
    ref: str
    tables: list[EvidenceTable]
    commits: list[Mapping[str, Any]]
    insights: list[InsightView]


def repository_page(viewer: Viewer, repository_id: UUID) -> RepositoryPage:
    """The first screen of one repository."""
    repository = repositories.view(row_for(viewer, repository_id, Permission.INSIGHTS_READ))
    job = progress.newest(repository_id)
    found = _insights_of(repository_id)
    tiles = _tiles(repository_id, headlines.headline_points([repository_id]), job, found)
    owns = viewer.role is Role.ADMIN or (viewer.user_id is not None and repository.owner_id == viewer.user_id)
    may_analyze = allows(viewer, Permission.REPOSITORY_ANALYZE)
    return RepositoryPage(
        repository=repository,
        job=job,
        sentence=headlines.sentence(tiles, found),
        tiles=tiles,
        insights=found,
        artifacts=[ArtifactLink(*row) for row in measures.artifact_names(session(), repository_id)],
        languages=_languages(repository_id),
        may_analyze=may_analyze,
        may_manage=may_analyze and owns,
        is_followed=repositories.is_followed(viewer, repository_id),
        history_since=measures.history_since(session(), repository_id),
    )


def summary(viewer: Viewer, repository_id: UUID) -> Summary:
    """The sentence and the tiles of a repository's first screen."""
    repository = repositories.view(row_for(viewer, repository_id, Permission.INSIGHTS_READ))
    points = headlines.headline_points([repository_id])
    found = _insights_of(repository_id)
    # Only a tile without a number has to tell how far the analysis is.
    is_complete = all(points.newest(repository_id, spec.metric) for spec in TILES)
    job = None if is_complete else progress.newest(repository_id)
    tiles = _tiles(repository_id, points, job, found)
    return Summary(repository, headlines.sentence(tiles, found), tiles)


def _tiles(
    repository_id: UUID, points: HeadlinePoints, job: JobView | None, found: Sequence[InsightView]
) -> list[Tile]:
    return [headlines.tile(spec, repository_id, points, job, found) for spec in TILES]


def all_insights(viewer: Viewer, repository_id: UUID) -> list[InsightView]:
    """Every current insight of a repository, most important first."""
    row_for(viewer, repository_id, Permission.INSIGHTS_READ)
    return _insights_of(repository_id)


def _insights_of(repository_id: UUID) -> list[InsightView]:
    rows = measures.insights(session(), repository_id, InsightQuery(limit=MOST_INSIGHTS))
    return [insights.insight_view(row) for row in rows[:MOST_INSIGHTS]]


def _languages(repository_id: UUID) -> list[tuple[str, float]]:
    """The languages by their share of the lines, biggest first."""
    rows = measures.points(session(), repository_id, "quality.lines")
    parts = {row.dimension: row.value for row in rows if row.dimension and row.value}
    total = sum(parts.values())
    return sorted(((name, lines / total) for name, lines in parts.items()), key=lambda part: -part[1])


def overview(viewer: Viewer, query: RepositoryQuery, *, with_moves: bool = False) -> Overview:
    """The repositories that the viewer may see with their headline numbers, and what matters most among them."""
    page = repositories.listing(viewer, query)
    by_id = {repository.id: repository for repository in page.items}
    shown = list(by_id) if allows(viewer, Permission.INSIGHTS_READ) else []
    points = headlines.headline_points(shown) if shown else HeadlinePoints((), (), ())
    found = measures.insights_of(session(), shown, TOP_INSIGHTS) if shown else []
    return Overview(
        cards=[_card(repository, points) for repository in page.items],
        more=page.more,
        moves=rankings.moves(viewer, list(by_id)) if with_moves and by_id else [],
        insights=[(by_id[row.repository_id], insights.insight_view(row)) for row in found],
        plugin_failures=health.plugin_failures() if viewer.role is Role.ADMIN else [],
    )


def _card(repository: RepositoryView, points: HeadlinePoints) -> RepositoryCard:
    newest = {spec.key: points.newest(repository.id, spec.metric) for spec in TILES}
    values = {key: point.value if point else None for key, point in newest.items()}
    return RepositoryCard(repository, values, points.line(repository.id, "activity.commits"))


def evidence_page(viewer: Viewer, repository_id: UUID, kind: str, ref: str) -> EvidencePage:
    """Everything that the current results say about one commit, file, person or release."""
    repository = repositories.view(row_for(viewer, repository_id, Permission.INSIGHTS_READ))
    tables: list[EvidenceTable] = []
    commits: dict[str, Mapping[str, Any]] = {}
    for row in measures.artifacts_of_kinds(session(), repository_id, ("table", "commits")):
        content = json.loads(row.json())["content"]
        if row.kind == "commits":
            commits |= {c["commit"]: c for c in content["commits"] if _concerns(c, kind, ref)}
        elif found := _rows_about(content, kind, ref):
            tables.append(EvidenceTable(row.title, found))
    citing = [
        insight
        for insight in _insights_of(repository_id)
        if any(piece.kind == kind and piece.ref == ref for piece in insight.evidence)
    ]
    newest_first = sorted(commits.values(), key=lambda commit: str(commit["at"]), reverse=True)
    return EvidencePage(repository, kind, ref, tables, newest_first, citing)


def _concerns(commit: Mapping[str, Any], kind: str, ref: str) -> bool:
    return bool(
        commit["commit"] == ref if kind == "commit" else kind == "person" and commit.get("author") == ref
    )


def _rows_about(content: Mapping[str, Any], kind: str, ref: str) -> Mapping[str, Any] | None:
    """The part of a table whose rows name the thing in a column of its kind; None where none does."""
    columns = content["columns"]
    naming = {place for place, column in enumerate(columns) if column["kind"] == kind}
    rows = [row for row in content["rows"] if any(row[place] == ref for place in naming)]
    if not rows:
        return None
    kept = [place for place in range(len(columns)) if place not in naming]
    return {
        "columns": [columns[place] for place in kept],
        "rows": [[row[place] for place in kept] for row in rows],
        "total": len(rows),
    }


def insights_on(found: Sequence[InsightView], definition_id: str) -> list[InsightView]:
    """Those that rest on the metric of this definition."""
    return [insight for insight in found if definition_id in insight.metrics]
