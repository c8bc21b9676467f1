"""The blueprint that every part of the API is made of: it reads requests strictly.

Unknown fields are refused with their names, in a body as in a query; a body is JSON as RFC 8259 has it,
so without NaN, and one that no parser should be troubled with is told as unparsable.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NoReturn

from flask import Request
from flask_smorest import Blueprint
from marshmallow import Schema, ValidationError, fields
from webargs import missing
from webargs.fields import DelimitedList
from webargs.flaskparser import FlaskParser, is_json_request
from werkzeug.exceptions import UnsupportedMediaType

from gitinsight.web.guard import ANONYMOUS

_READING: dict[str, Any] = {"responses": {"304": {"description": "Not changed since the ETag that was sent"}}}
_CHANGING: dict[str, Any] = {"security": [{"apiKey": []}]}
_ANONYMOUS: dict[str, Any] = {"security": []}


class StrictParser(FlaskParser):
    """webargs' parser, where a schema's own rule on unknown fields holds for every part of a request."""

    DEFAULT_UNKNOWN_BY_LOCATION = dict.fromkeys(FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION)

    def load_querystring(self, req: Request, schema: Schema) -> Any:
        """The query's values; one that may be given once is refused where it is given again."""
        lists = {field.data_key or name for name, field in schema.fields.items() if _is_repeatable(field)}
        repeated = [name for name, values in req.args.lists() if len(values) > 1 and name not in lists]
        if repeated:
            raise ValidationError({name: ["Given more than once."] for name in repeated})
        return super().load_querystring(req, schema)

    def _raw_load_json(self, req: Request) -> Any:
        body = req.get_data(cache=True)
        # A form's body was read already by the check for forms, so its length speaks for it.
        if not body and not req.content_length:
            return missing
        if not is_json_request(req):
            raise UnsupportedMediaType("Send the body as application/json.")
        try:
            return json.loads(body, parse_constant=_refuse_constant, object_pairs_hook=_object)
        except (ValueError, RecursionError) as error:
            # Also numbers of thousands of digits and lists of thousands of levels.
            self._handle_invalid_json_error(error, req)  # type: ignore[arg-type]


def _is_repeatable(field: fields.Field[Any]) -> bool:
    return isinstance(field, fields.List) and not isinstance(field, DelimitedList)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose names are its own: readers differ on which of two values counts."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("an object names a field twice")
    return found


class ApiBlueprint(Blueprint):  # type: ignore[misc]
    """A flask-smorest blueprint with the strict parser, whose document names and locks each operation."""

    ARGUMENTS_PARSER = StrictParser()

    def route(self, rule: str, **options: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Register a view function; one that changes something wants a key, unless it looks at nobody's."""
        register = super().route(rule, **options)
        more = dict(_READING if options.get("methods") == ["GET"] else _CHANGING)

        def document(view: Callable[..., Any]) -> Callable[..., Any]:
            if getattr(view, "required_permission", None) == ANONYMOUS:
                more.update(_ANONYMOUS)
            documented: Callable[..., Any] = register(self.doc(operationId=view.__name__, **more)(view))
            return documented

        return document
