"""The four numbers and the one sentence on top of a repository's page.

The tiles answer how healthy the code is, where the risk is, who carries the work and where it goes; each
names the metric that it shows, so that the page can lead to its definition and to what is behind it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from gitinsight.domain import clock
from gitinsight.domain.lifecycle import JobState, Stage
from gitinsight.domain.report import EvidenceKind, Severity
from gitinsight.services.context import session, tools
from gitinsight.services.insights import InsightView
from gitinsight.services.progress import JobView, StageView
from gitinsight.store import measures
from gitinsight.store.measures import MetricPoint

SPARK_WINDOW = timedelta(weeks=104)
SPARK_STEP_WEEKS = 4
BANDS = ((8.0, "healthy"), (4.0, "problematic"), (0.0, "unhealthy"))
"""From which health on it is called how, as the definition of ``quality.health`` says."""
CLAUSES = 3


@dataclass(frozen=True, slots=True)
class TileSpec:
    """Which metric a tile shows over which window, how its unit is said, which series its line draws."""

    key: str
    title: str
    metric: str
    window: str
    sign: str
    one: str
    many: str
    spark: str = ""
    spark_title: str = ""
    spark_step: int = SPARK_STEP_WEEKS
    """Of how many points of the series the line draws the mean."""
    signed: bool = False
    zones: tuple[float, float, tuple[float, ...]] | None = None
    """The lowest and the highest value and the borders between, for a number that lies on a scale."""

    @property
    def analyzer(self) -> str:
        return self.metric.partition(".")[0]

    def unit(self, value: float) -> str:
        """The unit in the number that fits the value."""
        return self.one if value == 1 else self.many


TILES = (
    TileSpec(
        "health",
        "Health",
        "quality.health",
        "files at this commit",
        "heartbeat",
        "of 10",
        "of 10",
        "quality_history.health",
        "Health by month without duplication, two years",
        spark_step=1,
        zones=(1.0, 10.0, (4.0, 8.0)),
    ),
    TileSpec("risk", "Risk", "quality.hotspots", "last 12 months", "flame", "hotspot", "hotspots"),
    TileSpec(
        "people",
        "People",
        "people.absence_factor",
        "last 12 months",
        "users",
        "person behind half of the commits",
        "people behind half of the commits",
        "people.active_authors",
        "Active people a week, means of four weeks, two years",
    ),
    TileSpec(
        "direction",
        "Direction",
        "trends.direction",
        "last 2 years",
        "trending-up",
        "% a year in commits",
        "% a year in commits",
        "activity.commits",
        "Commits a week, means of four weeks, two years",
        signed=True,
    ),
)


@dataclass(frozen=True, slots=True)
class Tile:
    """One headline number; ``state`` is ready, waiting or failed, and ``reason`` says why there is none.

    ``change`` is the difference to the analysis before, at ``changed_since``; both are None where there
    was none.
    """

    spec: TileSpec
    state: str
    value: float | None = None
    reason: str = ""
    note: str = ""
    change: float | None = None
    changed_since: datetime | None = None
    good: bool | None = None
    spark: tuple[float | None, ...] = ()

    @property
    def key(self) -> str:
        return self.spec.key

    @property
    def title(self) -> str:
        return self.spec.title

    @property
    def metric(self) -> str:
        return self.spec.metric

    @property
    def trend(self) -> str:
        """up, down or flat since the analysis before; empty where there was none."""
        if self.change is None:
            return ""
        return "up" if self.change > 0 else "down" if self.change < 0 else "flat"


@dataclass(frozen=True, slots=True)
class HeadlinePoints:
    """What the tiles of some repositories are made of: the current values, the ones before, the lines."""

    values: Sequence[MetricPoint]
    before: Sequence[MetricPoint]
    lines: Sequence[MetricPoint]

    def newest(self, repository_id: UUID, metric: str) -> MetricPoint | None:
        """The current value of a tile's metric."""
        return _last(self.values, repository_id, metric)

    def last_time(self, repository_id: UUID, metric: str) -> MetricPoint | None:
        """The value of the analysis before."""
        return _last(self.before, repository_id, metric)

    def line(
        self, repository_id: UUID, metric: str, step: int = SPARK_STEP_WEEKS
    ) -> tuple[float | None, ...]:
        """A series as means of so many points, oldest first; None where none of them has a value."""
        values = [
            row.value for row in self.lines if row.repository_id == repository_id and row.metric == metric
        ]
        steps = [values[at : at + step] for at in range(0, len(values), step)]
        return tuple(_mean([value for value in step if value is not None]) for step in steps)


def _last(rows: Sequence[MetricPoint], repository_id: UUID, metric: str) -> MetricPoint | None:
    return next((r for r in reversed(rows) if r.metric == metric and r.repository_id == repository_id), None)


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def headline_points(repository_ids: Sequence[UUID]) -> HeadlinePoints:
    """The points behind the tiles of these repositories, in one query."""
    names = [spec.metric for spec in TILES]
    lines = [spec.spark for spec in TILES if spec.spark]
    found = measures.headline_points(session(), repository_ids, names, lines, clock.now() - SPARK_WINDOW)
    return HeadlinePoints(
        [row for row, is_current in found if is_current and row.metric in names],
        [row for row, is_current in found if not is_current],
        [row for row, is_current in found if is_current and row.metric in lines],
    )


def tile(
    spec: TileSpec,
    repository_id: UUID,
    points: HeadlinePoints,
    job: JobView | None,
    found: Sequence[InsightView],
) -> Tile:
    """One tile of a repository from its points, its newest analysis and its insights."""
    point = points.newest(repository_id, spec.metric)
    if point is None:
        return _tile_without_value(spec, job)
    last = points.last_time(repository_id, spec.metric)
    before = last.value if last is not None else None
    change = point.value - before if point.value is not None and before is not None else None
    metric = tools().registry.metrics.get(spec.metric)
    return Tile(
        spec,
        "ready",
        value=point.value,
        reason=point.reason,
        note=_note(spec, point.value, found),
        change=change,
        changed_since=last.at if last is not None and change is not None else None,
        good=_is_good(change, metric.better if metric else ""),
        spark=points.line(repository_id, spec.spark, spec.spark_step) if spec.spark else (),
    )


def _tile_without_value(spec: TileSpec, job: JobView | None) -> Tile:
    stage = _stage_of(spec, job)
    if stage is not None and stage.state is JobState.FAILED:
        return Tile(spec, "failed", reason=stage.error)
    if job is not None and not job.state.is_final:
        return Tile(spec, "waiting", note=_waiting_note(stage))
    return Tile(spec, "ready", reason="not measured yet" if stage is None else "not measured")


def _waiting_note(stage: StageView | None) -> str:
    if stage is None or stage.state is not JobState.RUNNING:
        return ""
    return f"{stage.message or stage.title}: {100 * stage.progress:.0f} %"


def _stage_of(spec: TileSpec, job: JobView | None) -> StageView | None:
    stages = job.stages if job else []
    return next((s for s in stages if s.stage is Stage.ANALYZE and s.analyzer == spec.analyzer), None)


def _note(spec: TileSpec, value: float | None, found: Sequence[InsightView]) -> str:
    """One line below the number: its band, or the finding of the insight that rests on its metric."""
    if value is None:
        return ""
    if spec.key == "health":
        return health_word(value)
    definition = tools().registry.metrics.get(spec.metric)
    return next((insight.title for insight in found if definition and definition.id in insight.metrics), "")


def health_word(value: float) -> str:
    """The band of a health between 1 and 10 in words."""
    return next(word for limit, word in BANDS if value >= limit)


def _is_good(change: float | None, better: str) -> bool | None:
    if not change or not better:
        return None
    return (change > 0) == (better == "higher")


def sentence(tiles: Sequence[Tile], found: Sequence[InsightView]) -> str:
    """The health in words and what weighs most, at most one finding of each analyzer; may be empty."""
    health = next((one.value for one in tiles if one.spec.key == "health"), None)
    clauses = [] if health is None else [f"code health is {health:.1f} of 10 ({health_word(health)})"]
    heard: set[str] = set()
    for insight in found:
        matters = insight.severity is not Severity.INFO
        if matters and insight.analyzer not in heard and len(heard) < CLAUSES:
            heard.add(insight.analyzer)
            clauses.append(_as_clause(insight))
    if found and not heard:
        clauses.append("nothing stands out that needs attention")
    text = "; ".join(clauses)
    return f"{text[0].upper()}{text[1:]}." if text else ""


def _as_clause(insight: InsightView) -> str:
    """The title as a part of a longer sentence: a capital that only opens a sentence becomes small."""
    title = insight.title.rstrip(".")
    first = title.split(maxsplit=1)[0]
    names = {
        word for piece in insight.evidence if piece.kind == EvidenceKind.PERSON for word in piece.ref.split()
    }
    opens_only = first.istitle() and first not in names
    return f"{title[0].lower()}{title[1:]}" if opens_only else title
