"""What the OpenAPI document says of every answer, whoever wrote its view: the limits of requests."""

from __future__ import annotations

from typing import Any

from apispec import APISpec, BasePlugin

HEADERS: dict[str, tuple[str, str]] = {
    "RateLimit-Limit": ("integer", "Requests in the window"),
    "RateLimit-Remaining": ("integer", "Requests that are left"),
    "RateLimit-Reset": (
        "integer",
        "Seconds to the end of the window; where nothing is left, to the next request that is answered",
    ),
    "RateLimit-Policy": ("string", 'The same in the form of the IETF\'s draft: "user";q=1000;w=3600'),
    "RateLimit": ("string", 'What is left in that form: "user";r=999;t=3500'),
    "Retry-After": ("integer", "Seconds until the next request is answered"),
}
"""Type and meaning by name. None is promised: an operator may turn the limits off."""
REFUSED = "RATE_LIMITED"
_REFERENCES = {name: {"$ref": f"#/components/headers/{name}"} for name in HEADERS}
_COUNTED = {name: there for name, there in _REFERENCES.items() if name != "Retry-After"}


class Limits(BasePlugin):
    """Adds the answer 429 to every operation, and to good answers the headers that tell what is left."""

    def init_spec(self, spec: APISpec) -> None:
        for name, (kind, meaning) in HEADERS.items():
            spec.components.header(name, {"description": meaning, "schema": {"type": kind}})
        error = {"schema": {"$ref": "#/components/schemas/Error"}}
        spec.components.response(
            REFUSED,
            {
                "description": "Too many requests: come again after Retry-After seconds",
                "content": {"application/json": error},
                "headers": _REFERENCES,
            },
        )

    def operation_helper(self, path: str | None = None, operations: Any = None, **_: Any) -> None:  # noqa: ARG002
        for operation in (operations or {}).values():
            answers = operation.setdefault("responses", {})
            answers["429"] = {"$ref": f"#/components/responses/{REFUSED}"}
            for status, answer in answers.items():
                # A status may be a number, a text or a member of HTTPStatus, which prints as its name.
                if status != "default" and int(status) // 100 == 2:
                    answer["headers"] = {**_COUNTED, **answer.get("headers", {})}
