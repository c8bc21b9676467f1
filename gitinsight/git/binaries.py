"""Lines of text files that come through binary versions of them.

Git shows no hunks where one side is binary. Blame knows no binary files: where a text file was binary
for a while, its older lines go on through these versions. Only such diffs are made again, as text.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import polars as pl

from gitinsight.git.hunks import HUNK_COLUMNS, with_lists
from gitinsight.git.patches import Hunk
from gitinsight.git.scratch import Question, Side, ask
from gitinsight.git.tree import BlobReader

_LOOKED_AT_BYTES = 8000
"""A file is binary to git if there is a NUL among its first bytes."""


def text_through_binaries(
    git_dir: Path, hunks: pl.DataFrame, at_head: Collection[str]
) -> tuple[pl.DataFrame, set[str]]:
    """The rows of ``RAW_HUNKS`` with hunks where a text file needs them, and head's binary blobs.

    ``at_head`` are the blobs of head. Raises SourceDamaged where a blob is missing.
    """
    rows = hunks.filter("is_binary")
    texts = _known_texts(hunks, rows)
    texts |= _unknown_texts(git_dir, rows, texts, at_head)
    wanted = _needed(rows, texts)
    binary = {blob for blob in rows["new_blob"] if blob not in texts} & set(at_head)
    pairs = rows.filter(pl.col("new_blob").is_in(wanted)).select("old_blob", "new_blob").unique().rows()
    if not pairs:
        return hunks, binary
    answers = ask(git_dir, [_question(*pair) for pair in pairs], as_text=True)
    found = {pair: answer.hunks for pair, answer in zip(pairs, answers, strict=True)}
    return _filled(hunks, found), binary


def _known_texts(hunks: pl.DataFrame, rows: pl.DataFrame) -> set[str]:
    """The new blobs of binary rows that have hunks somewhere else: only their old side was binary."""
    shown = hunks.filter(~pl.col("is_binary"), pl.col("old_start").list.len() > 0)
    candidates = rows.select(blob="new_blob").unique()
    seen = pl.concat([shown.select(blob="old_blob"), shown.select(blob="new_blob")])
    return set(candidates.join(seen, on="blob", how="semi")["blob"])


def _unknown_texts(git_dir: Path, rows: pl.DataFrame, texts: set[str], at_head: Collection[str]) -> set[str]:
    """The blobs of head among the new sides of binary rows that turn out to be text."""
    created = set(rows.filter(pl.col("old_blob").is_null())["new_blob"])
    unknown = sorted((set(rows["new_blob"]) & set(at_head)) - texts - created)
    reader = BlobReader(git_dir, _LOOKED_AT_BYTES)
    with reader:
        return {blob for blob, content in reader.read_many(unknown) if b"\0" not in content}


def _needed(rows: pl.DataFrame, texts: Collection[str]) -> set[str]:
    """The texts and the binary blobs that they, or these in turn, were made from."""
    made_from: dict[str, set[str]] = {}
    for old, new in rows.select("old_blob", "new_blob").unique().rows():
        made_from.setdefault(new, set()).update({old} if old else ())
    needed: set[str] = set()
    open_cases = [blob for blob in texts if blob in made_from]
    while open_cases:
        blob = open_cases.pop()
        if blob not in needed:
            needed.add(blob)
            open_cases += made_from.get(blob, ())
    return needed


def _question(old_blob: str | None, new_blob: str) -> Question:
    """A diff of two blobs under one name; that both are regular files is all that matters."""
    sources = (Side(b"f", 0o100644, old_blob),) if old_blob else ()
    return Question(sources, Side(b"f", 0o100644, new_blob))


def _filled(hunks: pl.DataFrame, found: dict[tuple[str | None, str], list[Hunk]]) -> pl.DataFrame:
    """The rows in their order; those with a diff in ``found`` are no longer binary and have its hunks."""
    placed = hunks.with_row_index("place")
    rows = placed.filter("is_binary").drop(HUNK_COLUMNS).with_row_index("row")
    lists = [found.get(pair) for pair in rows.select("old_blob", "new_blob").rows()]
    binary = pl.Series("is_binary", [each is None for each in lists], dtype=pl.Boolean)
    new = with_lists(rows.with_columns(binary), lists).select(placed.columns)
    return pl.concat([placed.filter(~pl.col("is_binary")), new]).sort("place").drop("place")
