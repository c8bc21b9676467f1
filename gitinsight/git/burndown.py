"""How many lines were alive at the end of each month, by when they were written and by whom."""

from __future__ import annotations

from array import array
from collections.abc import Container, Sequence
from datetime import datetime
from typing import Literal

import numpy as np
import numpy.typing as npt
import polars as pl

from gitinsight.domain import columns
from gitinsight.domain.columns import schema_of
from gitinsight.git.lineage import Files, Owners

Cohort = Literal["year", "quarter"]

BURNDOWN = schema_of(columns.BURNDOWN, pl)


class Burndown:
    """Counts at the last commit of each month on head's line of first parents.

    Months are those of committer times; a commit dated before its parent, or after head, counts to the
    parent's month.
    Months without commits have no rows. ``cohort`` is when the owner's commit was written, by author
    time, as ``2024`` or ``2024-Q1``. Files of ``uncounted`` paths are left out.
    """

    def __init__(
        self,
        commits: pl.DataFrame,
        parents: Sequence[Sequence[int]],
        cohort: Cohort,
        uncounted: Container[bytes] = (),
    ) -> None:
        self._uncounted = uncounted
        self._months = _month_ends(commits, parents)
        groups = _groups(commits, cohort)
        self._names = groups.unique("group").sort("group")
        self._group = groups["group"].to_numpy()
        self._alive = np.zeros(commits.height, dtype=np.int64)
        self._before: Files = {}
        self._found: list[pl.DataFrame] = []

    def look(self, commit: int, files: Files) -> None:
        """Take the files of a commit, in the order of commits."""
        month = self._months.get(commit)
        if month is None:
            return
        old, new = [], []
        for path, owners in files.items():
            before = self._before.get(path)
            if before is not owners and path not in self._uncounted:
                old.append(before)
                new.append(owners)
        gone = [path for path in self._before if path not in files and path not in self._uncounted]
        old += [self._before[path] for path in gone]
        self._alive += self._count(new) - self._count(old)
        self._before = files
        lines = np.bincount(self._group, weights=self._alive).astype(np.int64)
        group = np.flatnonzero(lines)
        frame = pl.DataFrame({"group": group.astype(np.uint32), "lines": lines[group]})
        self._found.append(frame.with_columns(at=pl.lit(month, dtype=pl.Datetime("us", "UTC"))))

    def _count(self, versions: Sequence[Owners | None]) -> npt.NDArray[np.int64]:
        owners = array("i")
        for version in versions:
            if version is not None:
                owners.extend(version)
        return np.bincount(np.frombuffer(owners, dtype=np.int32), minlength=len(self._alive))

    def frame(self) -> pl.DataFrame:
        """``at`` (the month's first day), ``cohort``, ``author``, ``lines``, by month."""
        if not self._found:
            return BURNDOWN.to_frame()
        joined = pl.concat(self._found).join(self._names, on="group", maintain_order="left")
        return joined.select(BURNDOWN.names())


def _groups(commits: pl.DataFrame, cohort: Cohort) -> pl.DataFrame:
    """A row for each commit: its cohort, its author, and a number for the two."""
    year = pl.col("authored_at").dt.strftime("%Y")
    quarter = pl.format("{}-Q{}", year, pl.col("authored_at").dt.quarter())
    named = commits.select("author", cohort=year if cohort == "year" else quarter)
    return named.with_columns(group=(pl.struct("cohort", "author").rank("dense") - 1).cast(pl.UInt32))


def _month_ends(commits: pl.DataFrame, parents: Sequence[Sequence[int]]) -> dict[int, datetime]:
    """The last commit of each month on the line of first parents, with the month's first day."""
    line = [commits.height - 1] if commits.height else []
    while line and parents[line[-1]]:
        line.append(parents[line[-1]][0])
    times = commits.select("committed_at")[line[::-1]]
    believed = pl.when(pl.col("committed_at") <= pl.col("committed_at").last()).then("committed_at")
    filled = believed.forward_fill().backward_fill().cum_max().dt.truncate("1mo")
    months = times.select(filled).to_series().to_list()
    last = {month: commit for commit, month in zip(line[::-1], months, strict=True)}
    return {commit: month for month, commit in last.items()}
