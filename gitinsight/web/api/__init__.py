"""The REST API under ``/api/v1``: thin views over the services, described by OpenAPI 3.1."""

from __future__ import annotations

from flask import Flask, Response, request
from flask_smorest import Api

from gitinsight import __version__
from gitinsight.registry import Registry
from gitinsight.web.api.answers import Limits
from gitinsight.web.api.schemas import ErrorSchema

PREFIX = "/api/v1"


class RestApi(Api):  # type: ignore[misc]
    """flask-smorest with the schema of the product's own error answers, which ``web.errors`` gives."""

    ERROR_SCHEMA = ErrorSchema


def init_app(app: Flask, registry: Registry) -> None:
    """Mount the API, its document and the plugins' own parts of it."""
    from gitinsight.web.api.admin import blueprint as administration
    from gitinsight.web.api.ai import blueprint as ai
    from gitinsight.web.api.auth import blueprint as credentials
    from gitinsight.web.api.docs import docs
    from gitinsight.web.api.exports import blueprint as exports
    from gitinsight.web.api.fast import blueprint as fast
    from gitinsight.web.api.insights import blueprint as insights
    from gitinsight.web.api.jobs import blueprint as jobs
    from gitinsight.web.api.models import blueprint as models
    from gitinsight.web.api.predictions import blueprint as predictions
    from gitinsight.web.api.repositories import blueprint as repositories
    from gitinsight.web.api.streams import blueprint as streams
    from gitinsight.web.api.system import blueprint as system

    app.config.update(
        API_TITLE="GitInsight",
        API_VERSION=__version__,
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX=PREFIX,
        OPENAPI_JSON_PATH="openapi.json",
    )
    api = RestApi(
        app,
        spec_kwargs={
            "info": {"description": "Health, risk, people and direction of git repositories."},
            "security": [{"apiKey": []}, {}],
            "extra_plugins": [Limits()],
        },
    )
    api.spec.components.security_scheme("apiKey", {"type": "http", "scheme": "bearer"})
    parts = (
        repositories,
        jobs,
        insights,
        exports,
        models,
        ai,
        predictions,
        fast,
        streams,
        credentials,
        administration,
        system,
    )
    for blueprint in parts:
        api.register_blueprint(blueprint, url_prefix=PREFIX)
    for plugin, part in registry.api:
        try:
            api.register_blueprint(part, url_prefix=f"{PREFIX}/-/{plugin}")
        except Exception as error:
            registry.fail(plugin, "register_api", error)
    app.register_blueprint(docs)
    app.after_request(_conditional)


def _conditional(answer: Response) -> Response:
    """Give what was read an ETag, and answer 304 to a caller who has it already."""
    is_read = request.method == "GET" and request.path.startswith(f"{PREFIX}/")
    if is_read and answer.status_code == 200 and not answer.is_streamed and "ETag" not in answer.headers:
        answer.add_etag()
        answer.make_conditional(request)
    return answer
