"""The OpenAPI document: of version 3.1, complete, and true to the routes."""

from __future__ import annotations

import re
import types
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_smorest import Blueprint

from gitinsight.app import create_app
from gitinsight.config import Settings
from gitinsight.plugin import Permission, hookimpl, requires
from gitinsight.registry import LoadedPlugin, Registry
from tests.probing import probed_app

PREFIX = "/api/v1"
TYPES = {"string", "number", "integer", "boolean", "array", "object", "null"}


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory, valkey_socket: Path, migrated_sqlite: Path) -> Any:
    with probed_app(tmp_path_factory.mktemp("api"), valkey_socket, migrated_sqlite) as app:
        return app.test_client().get(f"{PREFIX}/openapi.json").json


def every(part: Any) -> Iterator[dict[str, Any]]:
    """Every object in the document."""
    if isinstance(part, dict):
        yield part
        part = list(part.values())
    if isinstance(part, list):
        for item in part:
            yield from every(item)


def operations(document: Any) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (path, method, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if method in {"get", "post", "put", "patch", "delete"}
    ]


def test_the_application_is_made_twice_without_a_warning_of_schemas(
    tmp_path: Path, valkey_socket: Path, migrated_sqlite: Path
) -> None:
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message=".*schema.*")
        for name in ("first", "second"):
            with probed_app(tmp_path / name, valkey_socket, migrated_sqlite) as app:
                assert app.test_client().get(f"{PREFIX}/openapi.json").status_code == 200


def test_the_document_is_of_openapi_3_1(document: Any) -> None:
    assert document["openapi"].startswith("3.1")
    assert document["info"]["title"] == "GitInsight"
    assert document["info"]["version"]


def test_every_route_below_the_api_is_in_the_document(app: Flask, guest: FlaskClient) -> None:
    document = guest.get(f"{PREFIX}/openapi.json").json
    routes = {
        (re.sub(r"<(?:[^:>]+:)?([^>]+)>", r"{\1}", rule.rule), method.lower())
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith(PREFIX) and rule.endpoint != "api-docs.openapi_json"
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }

    assert {(path, method) for path, method, _ in operations(document)} == routes


def test_every_operation_says_what_it_does_and_what_it_answers(document: Any) -> None:
    for path, method, operation in operations(document):
        where = f"{method} {path}"
        assert operation["summary"], where
        assert operation["tags"], where
        answers = operation["responses"]
        good = [status for status in answers if status.startswith("2")]
        assert len(good) == 1, where
        if good != ["204"]:
            forms = answers[good[0]]["content"]
            assert all(form["schema"] for form in forms.values()), where
            assert "application/json" in forms or path.endswith((".atom", ".svg")), where
        told = re.findall(r"\{([^}]+)\}", path)
        shared = document["paths"][path].get("parameters", [])
        given = {p["name"] for p in [*operation.get("parameters", []), *shared] if p["in"] == "path"}
        assert set(told) == given, where


def test_every_error_has_the_one_shape(document: Any) -> None:
    for path, method, operation in operations(document):
        for status, answer in operation["responses"].items():
            if status.startswith(("2", "3")):
                continue
            where = f"{method} {path} {status}"
            reference = answer.get("$ref")
            told = document["components"]["responses"][reference.rpartition("/")[2]] if reference else answer
            assert told["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Error"}, (
                where
            )


def test_every_operation_names_the_answer_to_one_too_many_and_the_headers_that_tell_what_is_left(
    document: Any,
) -> None:
    limits = {"RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset", "RateLimit-Policy", "RateLimit"}
    refused = document["components"]["responses"]["RATE_LIMITED"]
    assert set(refused["headers"]) == limits | {"Retry-After"}
    for path, method, operation in operations(document):
        where = f"{method} {path}"
        assert operation["responses"]["429"] == {"$ref": "#/components/responses/RATE_LIMITED"}, where
        good = next(answer for status, answer in operation["responses"].items() if status.startswith("2"))
        assert limits <= set(good["headers"]), where


def test_the_error_schema_is_what_is_sent(document: Any) -> None:
    schemas = document["components"]["schemas"]

    assert schemas["Error"]["required"] == ["error"]
    assert set(schemas["ErrorBody"]["required"]) == {"code", "message", "details", "trace_id"}


def test_every_reference_leads_somewhere(document: Any) -> None:
    references = {part["$ref"] for part in every(document) if "$ref" in part}

    assert len(references) > 50
    for reference in references:
        place = document
        for name in reference.removeprefix("#/").split("/"):
            assert name in place, reference
            place = place[name]


def test_the_schemas_are_json_schema_of_2020(document: Any) -> None:
    for part in every(document["components"]["schemas"]):
        assert "nullable" not in part, "OpenAPI 3.1 writes a type of null instead"
        kind = part.get("type")
        if isinstance(kind, str) or (isinstance(kind, list) and all(isinstance(one, str) for one in kind)):
            assert set([kind] if isinstance(kind, str) else kind) <= TYPES


def test_the_names_of_schemas_are_given_once(document: Any) -> None:
    names = list(document["components"]["schemas"])

    assert [name for name in names if re.search(r"\d$", name)] == []


def test_operations_have_names_of_their_own(document: Any) -> None:
    names = [operation.get("operationId") for _, _, operation in operations(document)]

    assert all(names)
    assert len(names) == len(set(names))


def test_reading_needs_no_key_and_changing_does(document: Any) -> None:
    assert document["components"]["securitySchemes"]["apiKey"] == {"type": "http", "scheme": "bearer"}
    anonymous = {f"{PREFIX}/auth/{name}" for name in ("refresh", "revoke", "jwks")}
    for path, method, operation in operations(document):
        if path in anonymous:
            assert operation.get("security") == [], f"{method} {path}"
        elif method != "get":
            assert operation.get("security") == [{"apiKey": []}], f"{method} {path}"


def test_the_page_of_the_document_uses_only_scripts_of_this_site(guest: FlaskClient) -> None:
    page = guest.get("/api/docs").text

    assert f"{PREFIX}/openapi.json" in page
    assert all(source.startswith("/") for source in re.findall(r'<script[^>]+src="([^"]+)"', page))
    assert re.findall(r"<script(?![^>]*src=)[^>]*>", page) == []


def plugin_with(blueprint: Any) -> Any:
    """A plugin that brings this part of the API."""
    module = types.SimpleNamespace()

    @hookimpl
    def register_api() -> Any:
        return [blueprint]

    module.register_api = register_api
    return module


def test_a_plugins_api_is_in_the_document_and_one_that_cannot_be_mounted_costs_itself_only(
    settings: Settings,
) -> None:
    greeting = Blueprint("greeting", "greeting")

    @greeting.get("/hello")
    @requires(Permission.REPOSITORY_READ)
    @greeting.response(200)
    def hello() -> dict[str, str]:
        """Say hello."""
        return {"hello": "you"}

    @greeting.get("/forgotten")
    @greeting.response(200)
    def forgotten() -> dict[str, str]:
        """Say what nobody may hear."""
        return {"secret": "yes"}

    registry = Registry({})
    registry.add(LoadedPlugin("bad", plugin_with(7)))
    registry.add(LoadedPlugin("greeter", plugin_with(greeting)))
    client = create_app(settings, registry).test_client()

    assert client.get(f"{PREFIX}/-/greeter/hello").json == {"hello": "you"}
    assert client.get(f"{PREFIX}/-/greeter/forgotten").status_code == 403
    described = client.get(f"{PREFIX}/openapi.json").json["paths"][f"{PREFIX}/-/greeter/hello"]
    assert "429" in described["get"]["responses"]
    assert [(failure.plugin, failure.action) for failure in registry.failures] == [("bad", "register_api")]
