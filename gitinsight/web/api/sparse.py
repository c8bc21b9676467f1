"""Sparse answers: ``fields=id,full_name`` leaves everything else out of each item."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import jsonify
from marshmallow import Schema, ValidationError, fields
from webargs.fields import DelimitedList


def field_names(schema: type[Schema]) -> DelimitedList:
    """A query's list of the fields to answer; names that the schema does not have are refused."""
    known = sorted(schema._declared_fields)

    def check(names: Sequence[str]) -> None:
        unknown = sorted(set(names) - set(known))
        if unknown:
            raise ValidationError(f"There are no fields named {', '.join(unknown)[:500]}.")

    return DelimitedList(
        fields.String(metadata={"enum": known}),
        load_default=list,
        data_key="fields",
        validate=check,
        metadata={"description": "the fields to answer, separated by commas; the others are left out"},
    )


def one(schema: type[Schema], names: Sequence[str], thing: Any) -> Any:
    """The thing for the view's own schema to dump, or the answer with these fields of it alone."""
    return jsonify(schema(only=names).dump(thing)) if names else thing


def page(schema: type[Schema], names: Sequence[str], items: Sequence[Any], next_cursor: str | None) -> Any:
    """As ``one`` for a page of a list."""
    shown = schema(only=names, many=True).dump(items) if names else items
    whole = {"items": shown, "next_cursor": next_cursor}
    return jsonify(whole) if names else whole
