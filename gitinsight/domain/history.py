"""What an analyzer may read of a repository: the ``History`` protocol and its frames.

``commits`` has a row for each ancestor of the analysed commit, oldest first in topological order:

=================  ==================  ==========================================================
column             Polars type         meaning
=================  ==================  ==========================================================
order              UInt32              position in topological order, 0 is the oldest
commit             String              full object id in hex
parents            List(String)        object ids of the parents
author_name        String              after ``.mailmap`` and noreply folding
author_email       String              after ``.mailmap``, lower case
author             String              identity: one value a person, for grouping and joining
authored_at        Datetime(us, UTC)   author time
author_offset      Int16               author's offset from UTC in minutes
committer_name     String              after ``.mailmap``
committer_email    String              after ``.mailmap``, lower case
committed_at       Datetime(us, UTC)   committer time
is_merge           Boolean             more than one parent
is_bot             Boolean             written by a program
is_ignored         Boolean             a mass edit, by ``.git-blame-ignore-revs`` at head
subject            String              first paragraph of the message on one line
body               String              the rest of the message
=================  ==================  ==========================================================

Where the repository's settings keep the history to some paths (``gitinsight.domain.paths``), it is as if
there were nothing else. ``commits`` has those that ``git log --full-history --simplify-merges -- PATHS``
shows, with the parents that git rewrites, so ``head`` need not be among them; ``changes``, files and lines
are of these paths, and lines that were moved there keep the commits that wrote them.

``changes`` has a row for each file of each commit that is not a merge, as ``git log --numstat -M``
prints it:

=================  ==================  ==========================================================
order              UInt32              its commit's ``order``, the quicker key to join by
commit             String              joins with ``commits``
path               String              as git printed it, invalid UTF-8 as U+FFFD
path_bytes         Binary              the raw bytes where they are not valid UTF-8, else null
old_path           String              the name before a rename, else null
added, deleted     Int64               lines, null for a binary file
file_id            UInt32              one value a file, across its renames
file               String              the newest name of that file
is_vendored        Boolean             third-party code, by ``.gitattributes`` or by its place
is_generated       Boolean             made by a program, by ``.gitattributes`` or by its name
=================  ==================  ==========================================================

``lines`` has a row for each file of the analysed commit and each commit that owns lines of it, as
``git blame`` without options tells. Links, submodules and binary files have no lines:

=================  ==================  ==========================================================
column             Polars type         meaning
=================  ==================  ==========================================================
path               String              as in ``changes``
path_bytes         Binary              the raw bytes where they are not valid UTF-8, else null
commit             String              the commit that wrote the lines, joins with ``commits``
author             String              its author's identity
author_email       String              its author's address, after ``.mailmap``, lower case
lines              Int64               how many lines of the file are the commit's
is_bot             Boolean             the commit was written by a program
is_ignored         Boolean             the commit is a mass edit
=================  ==================  ==========================================================

Four more frames count lines as a project's own work: vendored and generated files are left out, and a
mass edit (``is_ignored``) that replaces lines by as many leaves them to who wrote them; its other lines
are its own. ``owned_lines`` has the columns of ``lines``. ``burndown`` has a row for each month that has
commits, each year of writing and each author with lines alive at the month's last commit on the line of
first parents:

=================  ==================  ==========================================================
column             Polars type         meaning
=================  ==================  ==========================================================
at                 Datetime(us, UTC)   the month's first day, by committer time
cohort             String              the year the lines were written in, by author time
author             String              their author's identity
lines              Int64               how many there were
=================  ==================  ==========================================================

``line_lives`` has a row for each commit that wrote lines, each age these reached, and each outcome. An
age counts from committer time to committer time; what a merge alone dropped has none and is left out:

=================  ==================  ==========================================================
column             Polars type         meaning
=================  ==================  ==========================================================
order              UInt32              the ``order`` of the commit that wrote the lines
age_days           Int64               whole days until they were removed, or until ``now``
lines              Int64               how many lines became so old
died               Boolean             whether they were removed; else they are alive at head
=================  ==================  ==========================================================

``overwrites`` has a row for each two people of whom one removed lines of the other, most lines first.
Everybody removes lines of his own, too. What mass edits wrote or removed is left out:

=================  ==================  ==========================================================
column             Polars type         meaning
=================  ==================  ==========================================================
author             String              whose lines they were
by                 String              who removed them
lines              Int64               how many, over the whole history
=================  ==================  ==========================================================
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from gitinsight.domain.report import Metric, Point

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, slots=True)
class TreeFile:
    """A file in the tree of a commit; ``size`` is in bytes."""

    path: str
    blob: str
    size: int
    is_link: bool = False
    is_vendored: bool = False
    is_generated: bool = False


class History(Protocol):
    """A repository as of one commit, read-only; analyzers get one and nothing else."""

    @property
    def name(self) -> str:
        """What people call the repository, such as ``owner/name``."""

    @property
    def head(self) -> str:
        """The analysed commit's id."""

    @property
    def now(self) -> datetime:
        """The moment the analysis stands for (aware UTC): series reach to it, with zeros where due."""

    @property
    def commits(self) -> pl.DataFrame:
        """One row a commit, oldest first; the module's table gives the columns."""

    @property
    def changes(self) -> pl.DataFrame:
        """One row a changed file, in the order of ``commits``; the module's table gives the columns."""

    @property
    def lines(self) -> pl.DataFrame:
        """Who owns the lines at head, by path; made at first use, which takes about as long as ``git log -p``."""

    @property
    def owned_lines(self) -> pl.DataFrame:
        """As ``lines``, but of the project's own files and looking through mass edits; as costly."""

    @property
    def burndown(self) -> pl.DataFrame:
        """How many lines were alive at the end of each month; made together with ``owned_lines``."""

    @property
    def line_lives(self) -> pl.DataFrame:
        """How old lines became; made together with ``owned_lines``."""

    @property
    def overwrites(self) -> pl.DataFrame:
        """Who removed whose lines; made together with ``owned_lines``."""

    @property
    def releases(self) -> pl.DataFrame:
        """Tags that are ancestors of head: ``tag`` (String), ``commit`` (String), ``at`` (UTC), oldest first."""

    @property
    def comments(self) -> pl.DataFrame:
        """Forge comments: ``id, author, at, body, url, is_bot``; empty without a forge."""

    @property
    def issues(self) -> pl.DataFrame:
        """Forge issues: ``number, author, opened_at, closed_at, title, url, is_bot``; empty without a forge."""

    @property
    def pulls(self) -> pl.DataFrame:
        """Pull requests: as ``issues`` and ``merged_at, first_review_at``; empty without a forge."""

    def files(self, at: str | None = None) -> Sequence[TreeFile]:
        """The files of a commit's tree (head by default), sorted by path; no submodules."""

    def read(self, path: str, at: str | None = None) -> bytes:
        """A file's content; KeyError where the commit has no such file."""

    def blob_ids(self, places: Sequence[tuple[str, str]]) -> Sequence[str | None]:
        """The blobs of many (commit, path) by one git process; None where the commit has no such file."""

    def blobs(self, ids: Sequence[str]) -> Iterator[tuple[str, bytes]]:
        """The contents of many blobs, in the order asked for, by one git process."""

    def cached(self, blob: str, key: str, compute: Callable[[bytes], Any]) -> Any:
        """``compute(content)`` of a blob as plain JSON, remembered by (blob, analyzer, version, key)."""

    def cached_many(
        self, blobs: Sequence[str], key: str, compute: Callable[[bytes], Any]
    ) -> Iterator[tuple[str, Any]]:
        """As ``cached`` for many blobs, in the order asked for: what is missing is read in one go."""

    @property
    def metrics(self) -> Mapping[str, Metric]:
        """The metrics of the analyzers that this one comes ``after``, by name."""

    def series(self, metric: str) -> pl.DataFrame:
        """An earlier analyzer's points: ``at`` (UTC), ``value`` (Float64), ``dimension``, oldest first."""

    def progress(self, done: float, total: float) -> None:
        """Tell how far the analysis is; called as often as one likes."""


class BlobCache(Protocol):
    """What analyzers found out about blobs, kept between analyses; implemented outside the domain.

    ``analyzer_key`` names the analyzer, its version and which of its results is meant.
    """

    def get_many(self, analyzer_key: str, blobs: Sequence[str]) -> dict[str, Any]:
        """The remembered results (plain JSON) by blob; blobs that are not known are left out."""

    def put_many(self, analyzer_key: str, results: Mapping[str, Any]) -> None:
        """Remember results (plain JSON) by blob."""


class SeriesSource(Protocol):
    """The series that earlier analyzers of the same run left."""

    @property
    def metrics(self) -> Mapping[str, Metric]:
        """The metrics that can be asked for, by name."""

    def series(self, metric: str) -> Sequence[Point]:
        """The points of one metric."""
