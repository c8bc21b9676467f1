"""Tools for plugin authors: a history made of a few lines, and a check of a whole plugin.

``FakeHistory`` implements ``gitinsight.plugin.History`` in memory with real Polars frames, so an
analyzer's test needs neither git nor a server. ``check_plugin`` calls every hook of a plugin as the
product does and raises the error that an operator would be shown.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parseaddr
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pluggy

from gitinsight import hookspecs
from gitinsight.domain import columns
from gitinsight.domain.columns import schema_of
from gitinsight.domain.exported import TABLES
from gitinsight.domain.report import Metric, Point, check_report
from gitinsight.domain.tables import Table, frame_of, problem_with
from gitinsight.errors import TableInvalid
from gitinsight.plugin import Analyzer, Report, TreeFile

if TYPE_CHECKING:
    import polars as pl

_START = datetime(2024, 1, 1, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class FakeCommit:
    """A commit in a fake history; ``changes`` maps a path to (added, deleted) lines."""

    subject: str = "change"
    at: datetime = _START
    author: str = "Ann <ann@example.org>"
    changes: Mapping[str, tuple[int | None, int | None]] = field(default_factory=dict)
    renames: Mapping[str, str] = field(default_factory=dict)
    body: str = ""
    is_merge: bool = False
    is_bot: bool = False
    is_ignored: bool = False

    @property
    def identity(self) -> tuple[str, str]:
        """Name and e-mail address of the author."""
        return parseaddr(self.author)


def weekly_commits(count: int, start: datetime = _START, **common: Any) -> list[FakeCommit]:
    """So many commits, one a week, alike but for their subject and date."""
    rows: list[dict[str, Any]] = [
        {"subject": f"change {n}", "at": start + timedelta(weeks=n)} for n in range(count)
    ]
    return [FakeCommit(**(row | common)) for row in rows]


class FakeHistory:
    """A repository's history in memory: commits oldest first, and the files at head.

    ``now`` defaults to the last commit's time; ``series`` gives earlier analyzers' points by metric.
    ``lines`` says how many lines of a file are of which commit, by the commit's place; without it a file's
    lines are all of the last commit that changed it. ``lives`` are rows of ``line_lives``, ``burndown`` and
    ``overwrites`` those of the frames of that name; without them what is alive at head is all that ever was.
    ``told`` collects the calls of ``progress`` as (done, total).
    """

    def __init__(
        self,
        commits: Sequence[FakeCommit] = (),
        files: Mapping[str, bytes | str] | None = None,
        *,
        now: datetime | None = None,
        metrics: Sequence[Metric] = (),
        series: Mapping[str, Sequence[Point]] | None = None,
        releases: Sequence[tuple[str, datetime]] = (),
        vendored: Sequence[str] = (),
        generated: Sequence[str] = (),
        lines: Mapping[str, Mapping[int, int]] | None = None,
        lives: Sequence[tuple[int, int, int, bool]] | None = None,
        burndown: Sequence[tuple[datetime, str, str, int]] | None = None,
        overwrites: Sequence[tuple[str, str, int]] = (),
    ) -> None:
        self.name = "example/project"
        self._commits = list(commits)
        self._ids = [_object_id(f"commit {n} {commit.subject}") for n, commit in enumerate(self._commits)]
        self._contents = {
            path: content.encode() if isinstance(content, str) else content
            for path, content in sorted((files or {}).items())
        }
        self.now = now or (self._commits[-1].at if self._commits else _START)
        self.metrics = {metric.name: metric for metric in metrics}
        self._series = dict(series or {})
        self._releases = list(releases)
        self._vendored, self._generated = set(vendored), set(generated)
        self._lines = lines
        self._lives, self._burndown, self._overwrites = lives, burndown, overwrites
        self._cache: dict[tuple[str, str], Any] = {}
        self.told: list[tuple[float, float]] = []

    @property
    def head(self) -> str:
        return self._ids[-1] if self._ids else _object_id("nothing")

    @cached_property
    def commits(self) -> pl.DataFrame:
        import polars as pl

        rows = [self._commit_row(n) for n in range(len(self._commits))]
        return pl.DataFrame(rows, schema=schema_of(columns.COMMITS, pl), orient="row")

    def _commit_row(self, n: int) -> tuple[Any, ...]:
        commit = self._commits[n]
        name, email = commit.identity
        parents = self._ids[max(n - 1, 0) : n] if not commit.is_merge else self._ids[max(n - 2, 0) : n]
        offset = commit.at.utcoffset() or timedelta()
        minutes = int(offset.total_seconds() // 60)
        person = (name, email, commit.at.astimezone(UTC), minutes)
        return (
            n,
            self._ids[n],
            parents,
            name,
            email,
            f"{name} <{email}>",
            person[2],
            minutes,
            *person[:3],
            commit.is_merge,
            commit.is_bot,
            commit.is_ignored,
            commit.subject,
            commit.body,
        )

    @cached_property
    def changes(self) -> pl.DataFrame:
        import polars as pl

        names: dict[str, int] = {}
        rows = []
        for order, (commit_id, commit) in enumerate(zip(self._ids, self._commits, strict=True)):
            for path, (added, deleted) in commit.changes.items():
                old = commit.renames.get(path)
                if old in names:
                    names[path] = names.pop(old)
                file_id = names.setdefault(path, len(names))
                rows.append((order, commit_id, path, None, old, added, deleted, file_id))
        newest = {file_id: path for path, file_id in names.items()}
        full = [(*row, newest[row[-1]], row[2] in self._vendored, row[2] in self._generated) for row in rows]
        return pl.DataFrame(full, schema=schema_of(columns.CHANGES, pl), orient="row")

    @cached_property
    def lines(self) -> pl.DataFrame:
        import polars as pl

        owned = self._last_changed() if self._lines is None else self._lines
        rows = [
            (
                path,
                None,
                *(self.commits[name][n] for name in ("commit", "author", "author_email")),
                count,
                *(self.commits[name][n] for name in ("is_bot", "is_ignored")),
            )
            for path, counts in sorted(owned.items())
            for n, count in sorted(counts.items())
        ]
        return pl.DataFrame(rows, schema=schema_of(columns.LINES, pl), orient="row")

    def _last_changed(self) -> Mapping[str, Mapping[int, int]]:
        last = {path: n for n, commit in enumerate(self._commits) for path in commit.changes}
        return {
            path: {last[path]: len(content.splitlines())}
            for path, content in self._contents.items()
            if content and path in last and b"\0" not in content
        }

    @cached_property
    def owned_lines(self) -> pl.DataFrame:
        import polars as pl

        return self.lines.filter(~pl.col("path").is_in([*self._vendored, *self._generated]))

    @property
    def line_lives(self) -> pl.DataFrame:
        import polars as pl

        rows = self._lives
        if rows is None:
            alive = self._alive().group_by("order").agg(pl.col("lines").sum()).sort("order")
            rows = [(n, (self.now - self._commits[n].at).days, lines, False) for n, lines in alive.rows()]
        return pl.DataFrame(rows, schema=schema_of(columns.LINE_LIVES, pl), orient="row")

    @property
    def burndown(self) -> pl.DataFrame:
        import polars as pl

        rows = self._burndown
        if rows is None:
            cohort = pl.col("authored_at").dt.strftime("%Y").alias("cohort")
            grouped = self._alive().group_by(cohort, "author").agg(pl.col("lines").sum())
            month = self.now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
            rows = [(month, *row) for row in grouped.sort("cohort", "author").rows()]
        return pl.DataFrame(rows, schema=schema_of(columns.BURNDOWN, pl), orient="row")

    def _alive(self) -> pl.DataFrame:
        return self.owned_lines.select("commit", "lines").join(self.commits, on="commit")

    @property
    def overwrites(self) -> pl.DataFrame:
        import polars as pl

        return pl.DataFrame(self._overwrites, schema=schema_of(columns.OVERWRITES, pl), orient="row")

    @property
    def releases(self) -> pl.DataFrame:
        import polars as pl

        rows = [(tag, self.head, at) for tag, at in self._releases]
        return pl.DataFrame(rows, schema=schema_of(columns.RELEASES, pl), orient="row")

    @property
    def comments(self) -> pl.DataFrame:
        return _empty(columns.COMMENTS)

    @property
    def issues(self) -> pl.DataFrame:
        return _empty(columns.ISSUES)

    @property
    def pulls(self) -> pl.DataFrame:
        return _empty(columns.PULLS)

    def files(self, at: str | None = None) -> Sequence[TreeFile]:
        return [
            TreeFile(
                path,
                _object_id(content),
                len(content),
                is_vendored=path in self._vendored,
                is_generated=path in self._generated,
            )
            for path, content in self._contents.items()
        ]

    def read(self, path: str, at: str | None = None) -> bytes:
        return self._contents[path]

    def blob_ids(self, places: Sequence[tuple[str, str]]) -> Sequence[str | None]:
        contents = (self._contents.get(path) for _, path in places)
        return [None if content is None else _object_id(content) for content in contents]

    def blobs(self, ids: Sequence[str]) -> Iterator[tuple[str, bytes]]:
        contents = {_object_id(content): content for content in self._contents.values()}
        for blob in ids:
            yield blob, contents[blob]

    def cached(self, blob: str, key: str, compute: Callable[[bytes], Any]) -> Any:
        return next(self.cached_many([blob], key, compute))[1]

    def cached_many(
        self, blobs: Sequence[str], key: str, compute: Callable[[bytes], Any]
    ) -> Iterator[tuple[str, Any]]:
        for blob, content in self.blobs(blobs):
            if (blob, key) not in self._cache:
                self._cache[blob, key] = compute(content)
            yield blob, self._cache[blob, key]

    def series(self, metric: str) -> pl.DataFrame:
        import polars as pl

        rows = [(point.at, point.value, point.dimension) for point in self._series.get(metric, ())]
        return pl.DataFrame(rows, schema=schema_of(columns.SERIES, pl), orient="row").sort("at")

    def progress(self, done: float, total: float) -> None:
        self.told.append((done, total))


def analyze(analyzer: Analyzer, history: Any, settings: Mapping[str, Any] | None = None) -> Report:
    """Run an analyzer and check its report; raises ReportInvalid where it breaks the contract."""
    report = analyzer.analyze(history, settings or {})
    check_report(analyzer.name, analyzer.metrics, report)
    return report


def table_rows(table: Table, history: Any, settings: Mapping[str, Any] | None = None) -> pl.DataFrame:
    """The rows of an export's table as a frame; raises TableInvalid where they are not of its columns."""
    import polars as pl

    return frame_of(table, table.rows(history, settings or {}), pl)


def check_plugin(plugin: object, history: Any | None = None) -> dict[str, Report]:
    """Register a plugin, call its hooks, make its tables and run its analyzers; the reports by analyzer name.

    Raises pluggy's PluginValidationError for a misspelt hook or an unknown argument, ReportInvalid or
    TableInvalid for a report or a table that breaks the contract, and whatever the plugin itself raises.
    """
    manager = pluggy.PluginManager("gitinsight")
    manager.add_hookspecs(hookspecs)
    manager.register(plugin)
    manager.check_pending()
    settings = {
        setting.name: setting.default for part in manager.hook.register_settings() for setting in part
    }
    for hook in ("register_models", "register_pages", "register_api", "register_panels", "register_commands"):
        getattr(manager.hook, hook)()
    chosen = history or FakeHistory(weekly_commits(60, changes={"a.py": (3, 1)}), {"a.py": "x = 1\n"})
    taken = [one.name for one in TABLES]
    for one in (one for part in manager.hook.register_tables() for one in part):
        if problem := problem_with(one, taken):
            raise TableInvalid(problem)
        taken.append(one.name)
        table_rows(one, chosen, settings)
    analyzers = [analyzer for part in manager.hook.register_analyzers() for analyzer in part]
    return {analyzer.name: analyze(analyzer, chosen, settings) for analyzer in analyzers}


def _object_id(content: str | bytes) -> str:
    return hashlib.sha1(
        content.encode() if isinstance(content, str) else content, usedforsecurity=False
    ).hexdigest()


def _empty(of: Mapping[str, str]) -> pl.DataFrame:
    import polars as pl

    return schema_of(of, pl).to_frame()
