"""Cursors: where a list goes on, as text that a client hands back unread."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from gitinsight.errors import ValidationError

_LARGEST = 2**31


def encode_cursor(*values: Any) -> str:
    """The position behind these sort values."""
    return (
        base64.urlsafe_b64encode(json.dumps([str(value) for value in values]).encode()).decode().rstrip("=")
    )


def decode_cursor(cursor: str, *types: Any) -> tuple[Any, ...] | None:
    """The sort values in a cursor, each read by its type; None for no cursor.

    Raises ValidationError for a text that is not one of our cursors.
    """
    if not cursor:
        return None
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not isinstance(values, list) or len(values) != len(types):
            raise ValueError(cursor)
        return tuple(_read(kind, str(value)) for kind, value in zip(types, values, strict=True))
    except (ValueError, RecursionError) as error:
        raise _refused(cursor) from error


def encode_position(sort: str, value: Any, last: UUID) -> str:
    """The cursor behind a row of a list that has several orders; a row may lack the sorted value."""
    text = value.isoformat() if isinstance(value, datetime) else str(value)
    return encode_cursor(sort, "" if value is None else f"={text}", last)


def decode_position(cursor: str, sort: str, kind: Any) -> tuple[Any, UUID] | None:
    """(sorted value or None, id) of the last row seen; None for no cursor.

    Raises ValidationError for a cursor that is not ours or was given in another order.
    """
    found = decode_cursor(cursor, str, str, UUID)
    if found is None:
        return None
    order, text, last = found
    try:
        if order != sort or (text and not text.startswith("=")):
            raise ValueError(cursor)
        return (_read(moment if kind is datetime else kind, text[1:]) if text else None), last
    except ValueError as error:
        raise _refused(cursor) from error


def moment(text: str) -> datetime:
    """A time with its offset, as UTC; ValueError for any other text."""
    try:
        value = datetime.fromisoformat(text)
        if value.tzinfo is None:
            raise ValueError(text)
        return value.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(text) from error


def _refused(cursor: str) -> ValidationError:
    return ValidationError("The cursor is not one that this list gave.", cursor=cursor[:100])


def _read(kind: Any, text: str) -> Any:
    """The value in its type; ValueError for what a database could not compare with."""
    # Half of a surrogate pair ends here with a UnicodeEncodeError, which is a ValueError.
    text.encode()
    value = kind(text)
    if "\0" in text or (isinstance(value, int | float) and not abs(value) < _LARGEST):
        raise ValueError(text)
    return value
