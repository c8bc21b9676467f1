"""The page that shows the OpenAPI document, with local scripts only (strict CSP)."""

from __future__ import annotations

from flask import Blueprint, render_template, url_for

from gitinsight.web.guard import public

docs = Blueprint("docs", __name__)


@docs.get("/api/docs")
@public
def swagger() -> str:
    """Swagger UI on the API's own document."""
    return render_template("api_docs.html", document_url=url_for("api-docs.openapi_json"))
