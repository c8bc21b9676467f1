"""Results to take away over the API: whole lists as files, a feed to subscribe to, badges for a README."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from hashlib import sha256
from typing import Any, NamedTuple
from uuid import UUID

from flask import Response, request, stream_with_context, url_for

from gitinsight.domain.access import ExportForm, Permission
from gitinsight.services import badges, downloads, parquet
from gitinsight.services.downloads import ExportedPoint
from gitinsight.services.insights import InsightView
from gitinsight.store.measures import InsightQuery
from gitinsight.web.api import schemas
from gitinsight.web.api.blueprint import ApiBlueprint
from gitinsight.web.api.forms.atom import insights_atom
from gitinsight.web.api.forms.documents import insights_json, series_json
from gitinsight.web.api.forms.sarif import insights_sarif
from gitinsight.web.api.forms.svg import badge_svg
from gitinsight.web.api.forms.tables import insights_csv, points_csv
from gitinsight.web.guard import requires, viewer
from gitinsight.web.ratelimit import shown_elsewhere

blueprint = ApiBlueprint("exports", __name__, description="Feeds and badges")

BADGE_SECONDS = 300
MEDIA_TYPES: Mapping[ExportForm, str] = {
    ExportForm.JSON: "application/json",
    ExportForm.CSV: "text/csv",
    ExportForm.SARIF: "application/sarif+json",
    ExportForm.PARQUET: "application/vnd.apache.parquet",
}


class _File(NamedTuple):
    suffix: str
    write: Callable[[Iterable[Any]], Iterator[bytes]]


_INSIGHTS: Mapping[ExportForm, _File] = {
    ExportForm.JSON: _File("json", insights_json),
    ExportForm.CSV: _File("csv", insights_csv),
    ExportForm.SARIF: _File("sarif", insights_sarif),
}
_METRICS: Mapping[ExportForm, _File] = {
    ExportForm.JSON: _File("json", series_json),
    ExportForm.CSV: _File("csv", points_csv),
    ExportForm.PARQUET: _File("parquet", parquet.chunks),
}


def insight_form(asked: str) -> ExportForm | None:
    """The form that the query or the Accept header asks for; None for a page of the list."""
    return _form(asked, _INSIGHTS)


def metric_form(asked: str) -> ExportForm | None:
    """As ``insight_form`` for series."""
    return _form(asked, _METRICS)


def _form(asked: str, known: Mapping[ExportForm, _File]) -> ExportForm | None:
    if asked:
        return ExportForm(asked)
    # JSON is first, so it is what a caller gets who takes anything; a file of it is asked for by name.
    accepted = request.accept_mimetypes.best_match([MEDIA_TYPES[form] for form in known])
    return next(
        (form for form in known if MEDIA_TYPES[form] == accepted and form is not ExportForm.JSON), None
    )


def insights_file(repository_id: UUID, query: InsightQuery, form: ExportForm) -> Response:
    """All insights that the query means, as a file."""
    found = downloads.results(viewer(), repository_id, form)
    items: Iterable[InsightView] = downloads.each_insight(found, query)
    return _file(found, "insights", form, _INSIGHTS[form], items)


def metrics_file(repository_id: UUID, query: Mapping[str, Any], form: ExportForm) -> Response:
    """The points of the metrics that the query means, as a file."""
    found = downloads.results(viewer(), repository_id, form)
    points: Iterable[ExportedPoint] = downloads.each_point(
        found, query["name"], query["since"], query["bucket"]
    )
    return _file(found, "metrics", form, _METRICS[form], points)


def _file(
    found: downloads.Results, what: str, form: ExportForm, file: _File, items: Iterable[Any]
) -> Response:
    tag = sha256(f"{found.stamp} {request.full_path} {form}".encode()).hexdigest()[:32]
    answer = Response(mimetype=MEDIA_TYPES[form])
    answer.headers.set("Content-Disposition", "attachment", filename=found.file_name(what, file.suffix))
    answer.vary.add("Accept")
    answer.set_etag(tag)
    if request.if_none_match.contains(tag):
        answer.make_conditional(request)
        return answer
    downloads.note_export(viewer(), found, what, form)
    answer.response = stream_with_context(file.write(items))
    return answer


@blueprint.get("/repositories/<uuid:repository_id>/insights.atom")
@requires(Permission.INSIGHTS_READ)
@blueprint.response(200, {"type": "string"}, content_type="application/atom+xml")
@blueprint.alt_response(404, schema=schemas.ErrorSchema)
def feed_insights(repository_id: UUID) -> Response:
    """The most important insights as an Atom feed; of a public repository without an account."""
    found = downloads.results(viewer(), repository_id)
    document = insights_atom(
        found.repository,
        downloads.newest_insights(found),
        page=url_for("ui.repository", repository_id=repository_id, _external=True),
        feed=url_for("exports.feed_insights", repository_id=repository_id, _external=True),
    )
    return Response(document, mimetype="application/atom+xml")


@blueprint.get("/repositories/<uuid:repository_id>/badges/<name>.svg")
@requires(Permission.INSIGHTS_READ)
@shown_elsewhere
@blueprint.response(200, {"type": "string"}, content_type="image/svg+xml")
@blueprint.alt_response(404, schema=schemas.ErrorSchema)
def get_badge(repository_id: UUID, name: str) -> Response:
    """A number as a badge: health, trend or truck-factor; ``n/a`` where there is none."""
    badge = badges.badge(viewer(), repository_id, name)
    answer = Response(badge_svg(badge), mimetype="image/svg+xml")
    if badge.is_public:
        # A README on any host may show it, and its cache may keep it.
        answer.headers["Cache-Control"] = f"public, max-age={BADGE_SECONDS}"
        answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return answer
