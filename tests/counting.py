"""The database as it is asked: how often, and by several at once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from gitinsight.store.base import db


@contextmanager
def counted_queries() -> Iterator[list[str]]:
    """The SQL statements of the block."""
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        statements.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


@contextmanager
def looking_at_once(table: str, callers: int) -> Iterator[None]:
    """Let no thread go on from its first look at a table before so many have looked."""
    looked, met = threading.Barrier(callers, timeout=30), threading.local()

    def wait(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if f"FROM {table}" in statement and not getattr(met, "others", False):
            met.others = True
            looked.wait()

    event.listen(db.engine, "after_cursor_execute", wait)
    try:
        yield
    finally:
        event.remove(db.engine, "after_cursor_execute", wait)
