"""Results to take away: who may, what they are called, and their rows one after the other."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from gitinsight import __version__
from gitinsight.domain.access import ExportForm, Permission, Role, Viewer, allows, may_export
from gitinsight.domain.report import Metric
from gitinsight.errors import AuthenticationRequired, AuthorizationDenied
from gitinsight.services import feeds, insights, repositories
from gitinsight.services.context import session
from gitinsight.services.insights import InsightView
from gitinsight.services.repositories import RepositoryView, row_for
from gitinsight.store import measures, streams
from gitinsight.store.measures import InsightQuery
from gitinsight.store.streams import PointRow

ATOM_ENTRIES = 50


@dataclass(frozen=True, slots=True)
class Results:
    """What there is to take away; ``stamp`` changes whenever the results or the product do."""

    repository: RepositoryView
    stamp: str
    run_ids: Sequence[UUID]

    def file_name(self, what: str, suffix: str) -> str:
        """A name that every file system takes, such as ``pallets-flask-insights-1a2b3c4.csv``."""
        name = re.sub(r"[^A-Za-z0-9._]+", "-", self.repository.full_name).strip("-.")[-100:] or "repository"
        head = f"-{self.repository.head[:7]}" if self.repository.head else ""
        return f"{name}-{what}{head}.{suffix}"


@dataclass(frozen=True, slots=True)
class ExportedPoint:
    """A point with the definition of its metric."""

    metric: Metric
    analyzer: str
    point: PointRow


def results(viewer: Viewer, repository_id: UUID, form: ExportForm | None = None) -> Results:
    """The results that the viewer may take away in this form, None being what everybody may read.

    Raises RepositoryNotFound, AuthenticationRequired for a guest, and AuthorizationDenied for a form that
    the account or its key does not have.
    """
    row = row_for(viewer, repository_id, Permission.INSIGHTS_READ)
    if form is not None:
        _check(viewer, form)
    runs = measures.current_runs(session(), repository_id)
    facts = [__version__, row.full_name, *(f"{run.id} {run.finished_at}" for run in runs)]
    stamp = sha256("\n".join(facts).encode()).hexdigest()[:32]
    return Results(repositories.view(row), stamp, [run.id for run in runs])


def _check(viewer: Viewer, form: ExportForm) -> None:
    if may_export(viewer, form):
        return
    needed = Permission.INSIGHTS_EXPORT
    if allows(viewer, needed):
        raise AuthorizationDenied(f"The form {form} is for premium accounts; CSV and JSON are for all.")
    if viewer.role is Role.GUEST:
        raise AuthenticationRequired("Sign in to export results.", permission=str(needed))
    raise AuthorizationDenied(f"This needs the permission {needed}.", permission=str(needed))


def note_export(viewer: Viewer, found: Results, what: str, form: ExportForm) -> None:
    """Write down that the viewer takes these results away."""
    subject = ("repository", found.repository.id)
    feeds.audit(viewer, "results.exported", subject, what=what, form=form, head=found.repository.head)
    feeds.commit()


def each_insight(found: Results, query: InsightQuery) -> Iterator[InsightView]:
    """The current insights that the query means, most important first, without a limit."""
    for row in streams.insights(session(), found.repository.id, query):
        yield insights.insight_view(row)


def each_point(
    found: Results, names: Sequence[str] = (), since: datetime | None = None, bucket: str = ""
) -> Iterator[ExportedPoint]:
    """The points of these metrics, or of all, of one width of bucket or any, by metric, part and time."""
    owners = {
        metric.name: (metric, analyzer)
        for analyzer, metric in insights.declared_metrics()
        if bucket in {"", metric.bucket.value}
    }
    wanted = [insights.definition(name).name for name in names]
    return (
        ExportedPoint(*owners[row.metric], row)
        for row in streams.points(session(), found.run_ids, wanted, since)
        if row.metric in owners
    )


def newest_insights(found: Results) -> list[InsightView]:
    """What a feed shows: the most important of the current insights."""
    rows = measures.insights(session(), found.repository.id, InsightQuery(limit=ATOM_ENTRIES))
    return [insights.insight_view(row) for row in rows[:ATOM_ENTRIES]]
