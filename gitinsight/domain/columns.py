"""The columns of every frame of a history, by the names of their Polars types.

This layer does not import Polars, so whoever makes a frame hands it to ``schema_of``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars as pl

TEXTS = "List(String)"
COUNTS = "List(UInt32)"
TIME = "Datetime(us, UTC)"
TEXT, COUNT, FLAG = "String", "Int64", "Boolean"
TYPES = frozenset({TEXTS, TIME, TEXT, COUNT, FLAG, "Int16", "UInt32", "Float64", "Binary"})
"""Every type that a column may have."""

RAW_COMMITS: Mapping[str, str] = {
    "commit": TEXT,
    "parents": TEXTS,
    "author_name_raw": TEXT,
    "author_email_raw": TEXT,
    "authored_at": TIME,
    "author_offset": "Int16",
    "committer_name_raw": TEXT,
    "committer_email_raw": TEXT,
    "committed_at": TIME,
    "committer_offset": "Int16",
    "subject": TEXT,
    "body": TEXT,
}
"""Commits as recorded: people before ``.mailmap``, times in UTC with the offset in minutes."""

RAW_CHANGES: Mapping[str, str] = {
    "commit": TEXT,
    "path": TEXT,
    "path_bytes": "Binary",
    "old_path": TEXT,
    "added": COUNT,
    "deleted": COUNT,
}
"""Changes as git prints them."""

RAW_HUNKS: Mapping[str, str] = {
    "commit": TEXT,
    "parent": "UInt16",
    "path": "Binary",
    "old_path": "Binary",
    "old_blob": TEXT,
    "new_blob": TEXT,
    "is_binary": FLAG,
    "old_start": COUNTS,
    "old_lines": COUNTS,
    "new_start": COUNTS,
    "new_lines": COUNTS,
}
"""Where the lines of each changed file come from; ``gitinsight.git.hunks`` tells what a row says."""

LINES: Mapping[str, str] = {
    "path": TEXT,
    "path_bytes": "Binary",
    "commit": TEXT,
    "author": TEXT,
    "author_email": TEXT,
    "lines": COUNT,
    "is_bot": FLAG,
    "is_ignored": FLAG,
}
"""Who wrote the lines of head: a row for each file and commit."""

BORN: Mapping[str, str] = {"order": "UInt32", "lines": COUNT}
"""How many lines a commit brought, by its order."""

DEATHS: Mapping[str, str] = {"order": "UInt32", "killer": "UInt32", "lines": COUNT}
"""How many lines of a commit another one removed, both by their orders."""

BURNDOWN: Mapping[str, str] = {"at": TIME, "cohort": TEXT, "author": TEXT, "lines": COUNT}
"""Lines alive at the end of a month, by when they were written and by whom."""

LINE_LIVES: Mapping[str, str] = {"order": "UInt32", "age_days": COUNT, "lines": COUNT, "died": FLAG}
"""How old lines became, or are, by the order of the commit that wrote them."""

OVERWRITES: Mapping[str, str] = {"author": TEXT, "by": TEXT, "lines": COUNT}
"""How many lines of one person another one removed."""

COMMITS: Mapping[str, str] = {
    "order": "UInt32",
    "commit": TEXT,
    "parents": TEXTS,
    "author_name": TEXT,
    "author_email": TEXT,
    "author": TEXT,
    "authored_at": TIME,
    "author_offset": "Int16",
    "committer_name": TEXT,
    "committer_email": TEXT,
    "committed_at": TIME,
    "is_merge": FLAG,
    "is_bot": FLAG,
    "is_ignored": FLAG,
    "subject": TEXT,
    "body": TEXT,
}
CHANGES: Mapping[str, str] = {
    "order": "UInt32",
    **RAW_CHANGES,
    "file_id": "UInt32",
    "file": TEXT,
    "is_vendored": FLAG,
    "is_generated": FLAG,
}
RELEASES: Mapping[str, str] = {"tag": TEXT, "commit": TEXT, "at": TIME}
SERIES: Mapping[str, str] = {"at": TIME, "value": "Float64", "dimension": TEXT}
COMMENTS: Mapping[str, str] = {
    "id": TEXT,
    "author": TEXT,
    "at": TIME,
    "body": TEXT,
    "url": TEXT,
    "is_bot": FLAG,
}
ISSUES: Mapping[str, str] = {
    "number": COUNT,
    "author": TEXT,
    "opened_at": TIME,
    "closed_at": TIME,
    "title": TEXT,
    "url": TEXT,
    "is_bot": FLAG,
}
PULLS: Mapping[str, str] = {**ISSUES, "merged_at": TIME, "first_review_at": TIME}


def schema_of(columns: Mapping[str, str], polars: Any) -> pl.Schema:
    """The columns as a schema of the Polars module that the caller has imported."""
    special = {
        TEXTS: polars.List(polars.String),
        COUNTS: polars.List(polars.UInt32),
        TIME: polars.Datetime("us", "UTC"),
    }
    types = {name: special.get(kind) or getattr(polars, kind)() for name, kind in columns.items()}
    schema: pl.Schema = polars.Schema(types)
    return schema
