"""The product's own tables in an export: the frames of ``History`` by their names there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gitinsight.domain import columns
from gitinsight.domain.columns import COUNT, FLAG, TEXT
from gitinsight.domain.history import History
from gitinsight.domain.tables import Column, Table

_COMMITS = {
    "order": "position in topological order, 0 is the oldest",
    "commit": "full object id in hex",
    "parents": "object ids of the parents",
    "author_name": "after `.mailmap` and noreply folding",
    "author_email": "after `.mailmap`, lower case",
    "author": "identity: one value a person, for grouping and joining",
    "authored_at": "author time",
    "author_offset": "author's offset from UTC in minutes",
    "committer_name": "after `.mailmap`",
    "committer_email": "after `.mailmap`, lower case",
    "committed_at": "committer time",
    "is_merge": "more than one parent; its changes are those of its branches and not listed",
    "is_bot": "written by a program",
    "is_ignored": "by `.git-blame-ignore-revs` at the analysed commit a mass edit: its lines are nobody's work",
    "subject": "first paragraph of the message on one line",
    "body": "the rest of the message",
}
_CHANGES = {
    "order": "its commit's `order`, the quicker key to join by",
    "commit": "joins with `commits`",
    "path": "as git printed it, invalid UTF-8 as U+FFFD",
    "path_bytes": "the raw bytes where they are not valid UTF-8, else null",
    "old_path": "the name before a rename, else null",
    "added": "lines, null for a binary file",
    "deleted": "lines, null for a binary file",
    "file_id": "one value a file, across its renames; numbered anew in each export",
    "file": "the newest name of that file",
    "is_vendored": "third-party code, by `.gitattributes` or by its place",
    "is_generated": "made by a program, by `.gitattributes` or by its name",
}
_LINES = {
    "path": "as git prints it, invalid UTF-8 as U+FFFD",
    "path_bytes": "the raw bytes where they are not valid UTF-8, else null",
    "commit": "the commit that `git blame` names for these lines; joins with `commits`",
    "author": "its author's identity",
    "author_email": "its author's address after `.mailmap`, lower case",
    "lines": "how many lines of the file at head are the commit's",
    "is_bot": "the commit was written by a program",
    "is_ignored": "the commit is a mass edit, as in `commits`",
}
_RELEASES = {
    "tag": "the tag's name",
    "commit": "what it points to; joins with `commits`",
    "at": "when the tag was made, without a time of its own the committer's time",
}
_FILES = (
    Column("path", TEXT, "as git printed it, invalid UTF-8 as U+FFFD"),
    Column("blob", TEXT, "object id of the content in hex"),
    Column("size", COUNT, "bytes"),
    Column("is_link", FLAG, "a symbolic link, whose content is its target"),
    Column("is_vendored", FLAG, _CHANGES["is_vendored"]),
    Column("is_generated", FLAG, _CHANGES["is_generated"]),
)


def _described(types: Mapping[str, str], meanings: Mapping[str, str]) -> Sequence[Column]:
    return [Column(name, kind, meanings[name]) for name, kind in types.items()]


def _files(history: History, _settings: Mapping[str, Any]) -> Iterator[Sequence[Any]]:
    for file in history.files():
        yield file.path, file.blob, file.size, file.is_link, file.is_vendored, file.is_generated


TABLES: Sequence[Table] = (
    Table(
        "commits",
        "Every ancestor of the exported commit, oldest first; merges and bots are marked",
        _described(columns.COMMITS, _COMMITS),
        lambda history, _: history.commits,
    ),
    Table(
        "changes",
        "Every file of every commit that is not a merge, in the order of `commits`",
        _described(columns.CHANGES, _CHANGES),
        lambda history, _: history.changes,
    ),
    Table("files", "The files at the exported commit by path, without submodules", _FILES, _files),
    Table(
        "releases",
        "Tags of commits in `commits`, oldest first",
        _described(columns.RELEASES, _RELEASES),
        lambda history, _: history.releases,
    ),
    Table(
        "lines",
        "Who wrote the lines of the text files at the exported commit, as plain `git blame` names them",
        _described(columns.LINES, _LINES),
        lambda history, _: history.lines,
    ),
)
"""In the order in which they are written: a table that needs what another has worked out comes after it."""
