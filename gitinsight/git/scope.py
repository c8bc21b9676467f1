"""A history kept to some paths: which commits, changes and files of it count, as git itself tells.

Commits are those of ``git log --full-history --simplify-merges -- PATHSPECS``, with the parents that git
rewrites for it, so that the rest is a history again. Changes are those of ``git log --numstat -M`` with the
same pathspecs: a file that is renamed from beyond them is new there, and one that is renamed away is deleted.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

from gitinsight.domain.paths import ANY, PathFilter
from gitinsight.git import command
from gitinsight.git.damage import damaged
from gitinsight.git.numstat import read_changes

_SPECIAL = str.maketrans({character: f"\\{character}" for character in "\\?["})


def pathspecs(paths: PathFilter) -> list[str]:
    """The filter as git takes it behind ``--``."""
    wanted = [_pathspec(pattern, "top") for pattern in paths.include]
    return [*wanted, *(_pathspec(pattern, "top,exclude") for pattern in paths.exclude)]


def _pathspec(pattern: str, magic: str) -> str:
    # To git a character that is escaped is one of a pattern, which means no folder; a literal means one.
    if ANY in pattern:
        return f":({magic}){pattern.translate(_SPECIAL)}"
    return f":({magic},literal){pattern}"


def commits_within(git_dir: Path, head: str, commits: pl.DataFrame, paths: PathFilter) -> pl.DataFrame:
    """The rows of ``History.commits`` that touch these paths: new ``order``, rewritten ``parents``."""
    arguments = ("--topo-order", "--reverse", "--full-history", "--simplify-merges", "--parents")
    try:
        printed = command.run(git_dir, "rev-list", *arguments, head, "--", *pathspecs(paths))
    except command.GitFailed as failed:
        raise damaged(str(failed.details["stderr"]).encode(), head) from failed
    lines = [line.split() for line in printed.decode("ascii").splitlines()]
    kept = pl.DataFrame(
        {"commit": [commit for commit, *_ in lines], "parents": [parents for _, *parents in lines]},
        schema={"commit": pl.String, "parents": pl.List(pl.String)},
    ).with_row_index("order")
    rest = commits.drop("order", "parents")
    return kept.join(rest, on="commit", maintain_order="left").select(commits.columns)


def changes_within(git_dir: Path, raw: pl.DataFrame, paths: PathFilter) -> pl.DataFrame:
    """The raw rows of changes that are within these paths; git is asked of renames across their border."""
    names = pl.concat([raw["path"], raw["old_path"]]).drop_nulls().unique()
    inside = pl.Series("name", [name for name in names if paths.passes(name)], dtype=pl.String)
    is_inside = pl.col("path").is_in(inside.implode())
    was_inside = pl.col("old_path").is_in(inside.implode())
    crossing = raw.filter(pl.col("old_path").is_not_null() & (is_inside != was_inside))["commit"].unique()
    rows = raw.filter(is_inside & ~pl.col("commit").is_in(crossing.implode()))
    if crossing.is_empty():
        return rows
    return pl.concat([rows, read_changes(git_dir, crossing.to_list(), pathspecs=pathspecs(paths))])
