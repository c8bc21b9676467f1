"""Who owns the lines at head: people, apart from bots and mass edits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from gitinsight.plugin import person_name
from gitinsight_people.contributions import INACTIVE_AFTER, Contributions

if TYPE_CHECKING:
    from gitinsight.plugin import History


@dataclass(frozen=True, slots=True)
class Owned:
    """The lines at head.

    ``people`` holds ``path, commit, author, lines, seen, resting``: ``seen`` is the author's last commit,
    null where none has a time to believe, ``resting`` says that it is 183 days ago or more. ``bots`` and
    ``mass_edits`` count lines that are nobody's work. ``names`` are what to call authors, ``programs``
    the authors that are bots.
    """

    people: pl.DataFrame
    bots: int
    mass_edits: int
    names: dict[str, str]
    programs: list[str]

    @property
    def lines(self) -> int:
        """How many lines people own."""
        return int(self.people["lines"].sum())

    @property
    def known(self) -> int:
        """How many of them have an author of whom is known when he was last active."""
        return int(self.people.filter(pl.col("seen").is_not_null())["lines"].sum())

    @property
    def resting(self) -> int:
        """How many of them have an author who is not active any more."""
        return int(self.people.filter(pl.col("resting"))["lines"].sum())

    def by_author(self) -> pl.DataFrame:
        """``author, lines``, most lines first."""
        totals = self.people.group_by("author").agg(pl.col("lines").sum())
        return totals.sort(["lines", "author"], descending=[True, False])


def read_owned(history: History, work: Contributions) -> Owned:
    """The owners of the lines at head; ``work`` tells when each person was last active."""
    last_seen = work.dated.group_by("author").agg(seen=pl.col("at").max())
    lines = history.owned_lines.select("path", "commit", "author", "lines", "is_bot", "is_ignored")
    of_people = lines.filter(~pl.col("is_bot") & ~pl.col("is_ignored"))
    resting = (pl.col("seen") < work.now - INACTIVE_AFTER).fill_null(value=False)
    people = of_people.join(last_seen, on="author", how="left", maintain_order="left")
    pairs = history.overwrites
    authors = pl.concat([lines["author"], pairs["author"], pairs["by"]]).unique()
    named = history.commits.group_by("author").agg(pl.col("author_name").last(), pl.col("is_bot").any())
    return Owned(
        people=people.with_columns(resting=resting).drop("is_bot", "is_ignored"),
        bots=int(lines.filter("is_bot")["lines"].sum()),
        mass_edits=int(lines.filter(pl.col("is_ignored") & ~pl.col("is_bot"))["lines"].sum()),
        names={author: person_name(author) for author in authors}
        | {author: person_name(name) for author, name, _ in named.iter_rows()},
        programs=sorted({*named.filter("is_bot")["author"], *lines.filter("is_bot")["author"]}),
    )


def files_of(owned: Owned) -> pl.DataFrame:
    """``path, lines, owner, share, people, resting, seen`` of each file with people's lines, the largest first.

    ``owner`` wrote the most of them, ``share`` of them all; ``resting`` counts lines of people who are not
    active any more; ``seen`` is the owner's last commit anywhere.
    """
    by_author = (
        owned.people.group_by("path", "author")
        .agg(pl.col("lines").sum(), pl.col("seen").first(), pl.col("resting").first())
        .sort(["path", "lines", "author"], descending=[False, True, False])
    )
    return (
        by_author.group_by("path", maintain_order=True)
        .agg(
            lines=pl.col("lines").sum(),
            owner=pl.col("author").first(),
            share=pl.col("lines").first() / pl.col("lines").sum(),
            people=pl.len().cast(pl.Int64),
            resting=pl.col("lines").filter("resting").sum(),
            seen=pl.col("seen").first(),
        )
        .sort(["lines", "path"], descending=[True, False])
    )
