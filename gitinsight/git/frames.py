"""From raw rows to the frames of ``History``: identities, bots, order, renames and marks.

``gitinsight.domain.history`` documents the columns. Rows of commits that are not ancestors of the
analysed one are left out, so the raw frames may hold branches that have been rewritten since.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from pathlib import Path

import polars as pl

from gitinsight.domain import columns
from gitinsight.domain.columns import schema_of
from gitinsight.domain.identity import Pair, fold_noreply, identities
from gitinsight.domain.renames import fold_renames
from gitinsight.errors import SourceDamaged
from gitinsight.git import command
from gitinsight.git.attributes import mark_paths
from gitinsight.git.damage import damaged
from gitinsight.git.people import apply_mailmap, mailmap_addresses
from gitinsight.git.tree import optional_file

_OBJECT_ID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")

RELEASES = schema_of(columns.RELEASES, pl)


def commit_frame(git_dir: Path, head: str, reachable: Sequence[str], raw: pl.DataFrame) -> pl.DataFrame:
    """``History.commits`` of the reachable commits (oldest first) from raw rows in any order.

    Raises SourceDamaged where a reachable commit has no raw row.
    """
    order = pl.DataFrame({"commit": reachable}, schema={"commit": pl.String}).with_row_index("order")
    rows = order.join(raw.unique("commit", keep="first"), on="commit", how="left", maintain_order="left")
    unread = rows.filter(pl.col("subject").is_null())
    if unread.height:
        name = unread["commit"][0]
        raise SourceDamaged(f"The commit {name} has not been read into the history.", object=name)
    people = _people(git_dir, head, rows)
    authors = people.rename({name: f"author_{name}" for name in ("name_raw", "email_raw", "name", "email")})
    committers = people.drop("author", "is_bot").rename(lambda name: f"committer_{name}")
    return (
        rows.join(authors, on=["author_name_raw", "author_email_raw"], how="left", maintain_order="left")
        .join(committers, on=["committer_name_raw", "committer_email_raw"], how="left", maintain_order="left")
        .with_columns(
            is_merge=pl.col("parents").list.len() > 1,
            is_ignored=pl.col("commit").is_in(ignored_commits(git_dir, head)),
        )
        .select(list(columns.COMMITS))
    )


def _people(git_dir: Path, head: str, rows: pl.DataFrame) -> pl.DataFrame:
    """Each recorded (name, e-mail): the name and address after ``.mailmap``, identity and is_bot.

    Committers get a row too, but only authorship counts for what an identity is called.
    """
    used: dict[Pair, int] = {}
    for role, weight in (("author", 1), ("committer", 0)):
        names = rows.select(name=f"{role}_name_raw", email=f"{role}_email_raw")
        for name, email, count in names.group_by("name", "email").len().sort("name", "email").rows():
            used[name, email] = used.get((name, email), 0) + weight * count
    mapped = apply_mailmap(git_dir, head, list(used))
    counts: dict[Pair, int] = {}
    for recorded, person in mapped.items():
        counts[person] = counts.get(person, 0) + used[recorded]
    known = identities(counts, mailmap_addresses(git_dir, head))
    return pl.DataFrame(
        [
            (*recorded, person[0], fold_noreply(person[1]), known[person].key, known[person].is_bot)
            for recorded, person in mapped.items()
        ],
        schema={
            "name_raw": pl.String, "email_raw": pl.String, "name": pl.String, "email": pl.String,
            "author": pl.String, "is_bot": pl.Boolean,
        },
        orient="row",
    )  # fmt: skip


def ignored_commits(git_dir: Path, head: str) -> list[str]:
    """The full ids that the commit's ``.git-blame-ignore-revs`` lists, one a line, ``#`` before a comment."""
    content = optional_file(git_dir, head, ".git-blame-ignore-revs").decode("ascii", "replace")
    words = (line.partition("#")[0].strip().lower() for line in content.splitlines())
    return [word for word in words if _OBJECT_ID.fullmatch(word)]


def change_frame(
    git_dir: Path, head: str, commits: pl.DataFrame, raw: pl.DataFrame, alive: Collection[str]
) -> pl.DataFrame:
    """``History.changes`` in the order of ``commits`` from raw rows in any order of commits.

    ``alive`` are the paths at head, which name a file that branches renamed differently.
    """
    rows = raw.join(commits.select("commit", "order"), on="commit").sort("order", maintain_order=True)
    folded = fold_renames(rows.select("order", "path", "old_path").rows(), _parent_positions(commits), alive)
    names = pl.DataFrame({"file": folded.names}, schema={"file": pl.String})
    return (
        rows.with_columns(file_id=pl.Series(folded.ids, dtype=pl.UInt32))
        .with_columns(file=names["file"].gather(pl.Series(folded.ids, dtype=pl.UInt32)))
        .join(_marks(git_dir, head, rows), on="path", how="left", maintain_order="left")
        .select(list(columns.CHANGES))
    )


def _parent_positions(commits: pl.DataFrame) -> list[list[int]]:
    """For each commit the positions of its parents; those beyond a shallow boundary are left out."""
    place = {commit: position for position, commit in enumerate(commits["commit"])}
    return [
        [place[parent] for parent in of_commit if parent in place]
        for of_commit in commits["parents"].to_list()
    ]


def _marks(git_dir: Path, head: str, rows: pl.DataFrame) -> pl.DataFrame:
    paths = rows["path"].unique(maintain_order=True)
    marks = mark_paths(git_dir, head, [path.encode() for path in paths])
    return pl.DataFrame(
        {
            "path": paths,
            "is_vendored": [mark.is_vendored for mark in marks],
            "is_generated": [mark.is_generated for mark in marks],
        },
        schema={"path": pl.String, "is_vendored": pl.Boolean, "is_generated": pl.Boolean},
    )


def release_frame(git_dir: Path, commits: pl.DataFrame) -> pl.DataFrame:
    """``History.releases``: tags whose commit is among ``commits``, by time.

    ``at`` is when the tag was made, for a tag without a time of its own the committer's time.
    """
    listed = _tags(git_dir)
    peeled = _commits_of(git_dir, [name for _, name, _ in listed])
    tags = pl.DataFrame(
        [(tag, commit, made) for (tag, _, made), commit in zip(listed, peeled, strict=True)],
        schema={"tag": pl.String, "commit": pl.String, "made": pl.Int64},
        orient="row",
    )
    made = (pl.col("made") * 1_000_000).cast(pl.Datetime("us", "UTC"))
    return (
        tags.join(commits.select("commit", "committed_at"), on="commit", maintain_order="left")
        .with_columns(at=pl.coalesce(made, "committed_at"))
        .sort("at", "tag")
        .select(RELEASES.names())
    )


def _tags(git_dir: Path) -> list[tuple[str, str, int | None]]:
    """Each tag with the object it points to and, for annotated tags, seconds since 1970."""
    form = "--format=%(refname:strip=2)%00%(objectname)%00%(taggerdate:unix)"
    try:
        printed = command.run(git_dir, "for-each-ref", form, "refs/tags/")
    except command.GitFailed as failed:
        raise damaged(str(failed.details["stderr"]).encode()) from failed
    tags = []
    for line in printed.decode("utf-8", "replace").split("\n")[:-1]:
        tag, name, seconds = line.split("\0")
        in_range = seconds.isdigit() and len(seconds) <= 10
        tags.append((tag, name, int(seconds) if in_range else None))
    return tags


def _commits_of(git_dir: Path, objects: Sequence[str]) -> list[str]:
    """The commit behind each tagged object, through tags of tags; "" where there is none."""
    questions = "".join(f"{name}^{{commit}}\n" for name in objects).encode()
    answers = command.run(git_dir, "cat-file", "--batch-check=%(objectname)", feed=questions)
    names = answers.decode("ascii", "replace").splitlines()
    return ["" if " " in name else name for name in names]
