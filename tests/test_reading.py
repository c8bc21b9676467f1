"""Reading a mirror's history into segments: newest first, stored as it comes, never twice."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from gitinsight.errors import AnalysisCancelled, SourceDamaged
from gitinsight.git.hunks import read_hunks
from gitinsight.git.log import reachable, read_changes, read_commits
from gitinsight.services import reading
from gitinsight.services.reading import Reach, Reader
from gitinsight.store.segments import Kind, Segments
from tests.repositories import Repo

KEYS = ["commit", "path", "old_path", "added", "deleted"]


def quiet(*_: object) -> None:
    """A listener that does not listen."""


def made(tmp_path: Path, commits: int = 60) -> Repo:
    """A history with a side branch, a merge, a commit without changes and many small changes."""
    repo = Repo(tmp_path)
    stream = []
    for number in range(commits):
        text = f"{number}\n" * (number % 7 + 1)
        stream.append(
            f"commit refs/heads/main\ncommitter Ann <ann@example.com> {1_700_000_000 + 86_400 * number} +0000\n"
            f"data 6\nChange\nM 100644 inline file{number % 5}.txt\ndata {len(text)}\n{text}\n"
        )
    repo.run("fast-import", "--quiet", feed="".join(stream).encode())
    fork = reachable(repo.git_dir, repo.head())[commits // 2]
    side = repo.commit({"side.txt": "1\n"}, parents=[fork], branch="side", date=1_702_000_000)
    repo.commit({}, "Nothing changed", date=1_800_000_000)
    repo.commit({"side.txt": "1\n"}, "Merge", parents=[repo.head(), side], date=1_800_000_100)
    return repo


def segments_of(tmp_path: Path) -> Segments:
    return Segments(str(tmp_path / "history"))


def reader_of(repo: Repo, segments: Segments, head: str = "") -> Reader:
    return Reader(repo.git_dir, segments, head or repo.head())


def read_all(repo: Repo, segments: Segments, head: str = "") -> list[Reach]:
    told: list[Reach] = []
    reader = reader_of(repo, segments, head)
    reader.store_commits(quiet)
    reader.store_changes(quiet, told.append)
    return told


def rows(frame: pl.DataFrame) -> list[tuple[object, ...]]:
    return sorted(frame.select(KEYS).rows(), key=str)


def stored_rows(segments: Segments) -> list[tuple[object, ...]]:
    return rows(segments.scan(Kind.CHANGES).collect())


def test_all_rows_are_stored_and_merges_have_none(tmp_path: Path) -> None:
    repo, segments = made(tmp_path), segments_of(tmp_path)
    ids = reachable(repo.git_dir, repo.head())

    told = read_all(repo, segments)

    assert segments.scan(Kind.COMMITS).collect().equals(read_commits(repo.git_dir, ids))
    assert stored_rows(segments) == rows(read_changes(repo.git_dir, ids))
    assert told[-1] == Reach(None, len(ids) - 1, len(ids) - 1)
    assert reader_of(repo, segments).unread_changes().is_empty()
    assert reader_of(repo, segments).unread_commits().is_empty()


def test_the_newest_changes_come_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "_MOST_ROWS", 1)
    repo, segments = made(tmp_path), segments_of(tmp_path)
    reader_of(repo, segments).store_commits(quiet)
    told: list[tuple[datetime | None, datetime | None]] = []

    def look(reach: Reach) -> None:
        at = reader_of(repo, segments).unread_changes()["committed_at"]
        told.append((reach.since, at.max()))  # type: ignore[arg-type]

    reader_of(repo, segments).store_changes(quiet, look)

    assert all(since == newest for since, newest in told), "every change after `since` is stored"
    assert len(told) > 5
    assert told[0][0] is not None
    assert told[0][0] > datetime(2023, 12, 1, tzinfo=UTC), "the first segment holds the end of the history"
    assert told[-1] == (None, None)


def test_what_was_read_before_is_not_read_again(tmp_path: Path) -> None:
    repo, segments = made(tmp_path), segments_of(tmp_path)
    read_all(repo, segments)
    new = repo.commit({"file0.txt": "new\n"}, date=1_800_000_200)

    told = read_all(repo, Segments(str(tmp_path / "history")))

    assert told == [Reach(None, 1, 1)]
    assert segments_of(tmp_path).scan(Kind.CHANGES).last().collect()["commit"].to_list() == [new]


def test_after_a_branch_was_rewritten_only_the_new_part_is_read(tmp_path: Path) -> None:
    repo, segments = made(tmp_path), segments_of(tmp_path)
    read_all(repo, segments)
    kept = reachable(repo.git_dir, repo.head())[10]
    rewritten = repo.commit({"file1.txt": "other\n"}, parents=[kept], date=1_800_000_300)
    repo.run("gc", "--quiet", "--prune=now")

    told = read_all(repo, segments, rewritten)

    assert told == [Reach(None, 1, 1)]
    everything = segments.scan(Kind.CHANGES).collect()
    ancestors = pl.DataFrame({"commit": reachable(repo.git_dir, rewritten)})
    assert rows(everything.join(ancestors, on="commit", how="semi")) == rows(
        read_changes(repo.git_dir, ancestors["commit"].to_list())
    )


def test_a_reading_that_is_cancelled_keeps_what_it_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "_MOST_ROWS", 1)
    repo, segments = made(tmp_path), segments_of(tmp_path)
    reader_of(repo, segments).store_commits(quiet)

    def cancel(reach: Reach) -> None:
        if reach.done > 20:
            raise AnalysisCancelled("enough")

    with pytest.raises(AnalysisCancelled):
        reader_of(repo, segments).store_changes(quiet, cancel)
    left = reader_of(repo, segments).reach()
    assert left.since is not None
    assert 0 < left.total < 42

    told = read_all(repo, segments_of(tmp_path))

    assert told[-1].total == left.total
    assert stored_rows(segments_of(tmp_path)) == rows(
        read_changes(repo.git_dir, reachable(repo.git_dir, repo.head()))
    )


def test_a_missing_blob_ends_the_reading_and_what_is_unread_stays_unread(tmp_path: Path) -> None:
    repo = Repo(tmp_path)
    repo.commit({"a": "1\n"})
    blob = repo.run("rev-parse", "HEAD:a")
    repo.commit({"a": "2\n"})
    repo.commit({"a": "3\n"})
    (repo.git_dir / "objects" / blob[:2] / blob[2:]).unlink()
    segments = segments_of(tmp_path)

    with pytest.raises(SourceDamaged, match=blob):
        read_all(repo, segments)

    assert reader_of(repo, segments_of(tmp_path)).reach().since is not None


READ = """
import sys
from pathlib import Path
from gitinsight.services import reading
from gitinsight.store.segments import Segments
reading._FIRST_FLUSH_SECONDS = reading._LAST_FLUSH_SECONDS = 0.0
git_dir, folder, head = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
print("ready", flush=True)
reader = reading.Reader(git_dir, Segments(folder), head)
reader.store_commits(lambda *_: None)
reader.store_changes(lambda *_: None, lambda _: None)
"""


def test_a_reading_that_is_killed_at_any_moment_goes_on_where_it_was(tmp_path: Path) -> None:
    repo = made(tmp_path, 1500)
    head, folder = repo.head(), str(tmp_path / "history")
    chance = random.Random(11)
    stored = 0
    for _ in range(20):
        process = subprocess.Popen(
            [sys.executable, "-c", READ, str(repo.git_dir), folder, head], stdout=subprocess.PIPE
        )
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(chance.uniform(0.0, 0.5))
        process.kill()
        process.communicate()
        known = len(Segments(folder).known(Kind.CHANGES))
        assert known >= stored, "what was stored stays"
        stored = known

    read_all(repo, Segments(folder))

    segments, ids = Segments(folder), reachable(repo.git_dir, head)
    assert stored_rows(segments) == rows(read_changes(repo.git_dir, ids))
    assert set(segments.scan(Kind.COMMITS).collect()["commit"]) == set(ids)


def test_where_lines_come_from_is_read_once_and_only_for_new_commits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "_MOST_ROWS", 7)
    repo, segments = made(tmp_path), segments_of(tmp_path)
    reader_of(repo, segments).store_commits(quiet)
    ids = reachable(repo.git_dir, repo.head())
    parents = {row["commit"]: row["parents"] for row in read_commits(repo.git_dir, ids).iter_rows(named=True)}
    whole = sorted(map(str, read_hunks(repo.git_dir, parents).rows()))

    assert sorted(map(str, reader_of(repo, segments).hunks(quiet).rows())) == whole
    assert set(segments.known(Kind.HUNKS)) == set(ids)
    new = repo.commit({"side.txt": "2\n"}, date=1_800_000_200)
    later = reader_of(repo, segments_of(tmp_path))
    later.store_commits(quiet)
    asked: list[int] = []

    hunks = later.hunks(lambda _done, total: asked.append(total))

    assert set(asked) == {1}
    assert hunks.height == len(whole) + 1
    assert hunks["commit"].last() == new
