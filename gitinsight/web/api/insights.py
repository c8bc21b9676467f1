"""What was found, over the API: insights, metric series, trends and artifacts."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response, request

from gitinsight.domain.access import Permission
from gitinsight.services import insights, outlooks
from gitinsight.store.measures import InsightQuery
from gitinsight.web.api import exports, schemas, sparse
from gitinsight.web.api.blueprint import ApiBlueprint
from gitinsight.web.api.paging import decode_cursor, encode_cursor
from gitinsight.web.guard import requires, viewer

_FILE = {"type": "string"}
blueprint = ApiBlueprint("insights", __name__, description="Insights, metrics, trends and artifacts")


@blueprint.get("/repositories/<uuid:repository_id>/insights")
@requires(Permission.INSIGHTS_READ)
@blueprint.arguments(schemas.InsightListQuery, location="query")
@blueprint.response(200, schemas.InsightPageSchema)
@blueprint.alt_response(200, schema=_FILE, content_type="text/csv", success=True)
@blueprint.alt_response(200, schema={"type": "object"}, content_type="application/sarif+json", success=True)
@blueprint.alt_response(404, schema=schemas.ErrorSchema)
def list_insights(query: dict[str, Any], repository_id: UUID) -> Any:
    """The newest insights of a repository, most important first; with a format all of them as a file."""
    form, names = exports.insight_form(query.pop("format")), query.pop("fields_")
    after = decode_cursor(query.pop("cursor"), int, float, UUID)
    if form is not None:
        return exports.insights_file(repository_id, InsightQuery(**query, after=after), form)
    page = insights.listing(viewer(), repository_id, InsightQuery(**query, after=after))
    last = page.items[-1] if page.more else None
    cursor = encode_cursor(last.severity_rank, last.confidence_score, last.id) if last else None
    return sparse.page(schemas.InsightSchema, names, page.items, cursor)


@blueprint.get("/repositories/<uuid:repository_id>/metrics")
@requires(Permission.INSIGHTS_READ)
@blueprint.arguments(schemas.MetricQuery, location="query")
@blueprint.response(200, schemas.SeriesListSchema)
@blueprint.alt_response(200, schema=_FILE, content_type="text/csv", success=True)
@blueprint.alt_response(200, schema=_FILE, content_type="application/vnd.apache.parquet", success=True)
@blueprint.alt_response(404, schema=schemas.ErrorSchema)
def list_metrics(query: dict[str, Any], repository_id: UUID) -> Any:
    """Metric series with their definitions; of one width of bucket where asked; with a format as a file."""
    form = exports.metric_form(query["format"])
    if form is not None:
        return exports.metrics_file(repository_id, query, form)
    found = insights.series(viewer(), repository_id, query["name"], query["since"])
    bucket = query["bucket"]
    return {"items": [series for series in found if not bucket or series.metric.bucket == bucket]}


@blueprint.get("/repositories/<uuid:repository_id>/trends")
@requires(Permission.INSIGHTS_READ)
@blueprint.response(200, schemas.TrendsSchema)
@blueprint.alt_response(404, schema=schemas.ErrorSchema)
def list_trends(repository_id: UUID) -> Any:
    """Of each weekly series: direction, forecast, sums, change points, and how the forecast did in the past."""
    return {"trends": outlooks.listing(viewer(), repository_id)}


@blueprint.get("/repositories/<uuid:repository_id>/artifacts/<analyzer>/<path:name>")
@requires(Permission.INSIGHTS_READ)
@blueprint.response(200, schemas.ArtifactSchema)
@blueprint.alt_response(404, schema=schemas.ErrorSchema)
def get_artifact(repository_id: UUID, analyzer: str, name: str) -> Response:
    """What a chart or a drill-down shows, as the analyzer stored it; with an ETag."""
    artifact = insights.artifact(viewer(), repository_id, analyzer, name)
    takes_gzip = request.accept_encodings.quality("gzip") > 0
    answer = Response(artifact.compressed if takes_gzip else artifact.json, mimetype="application/json")
    if takes_gzip:
        answer.headers["Content-Encoding"] = "gzip"
    answer.vary.add("Accept-Encoding")
    answer.set_etag(artifact.etag + ("-gzip" if takes_gzip else ""))
    answer.make_conditional(request)
    return answer
