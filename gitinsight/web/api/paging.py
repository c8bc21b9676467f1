"""Cursors: where a list goes on, as text that a client hands back unread."""

from __future__ import annotations

import base64
import json
from typing import Any

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
        raise ValidationError("The cursor is not one that this list gave.", cursor=cursor[:100]) from error


def _read(kind: Any, text: str) -> Any:
    """The value in its type; ValueError for what a database could not compare with."""
    # Half of a surrogate pair ends here with a UnicodeEncodeError, which is a ValueError.
    text.encode()
    value = kind(text)
    if "\0" in text or (isinstance(value, int | float) and not abs(value) < _LARGEST):
        raise ValueError(text)
    return value
