"""The History of a mirror: derived columns, releases, files and cached results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from gitinsight.domain.history import BlobCache, History
from gitinsight.domain.report import Metric, Point
from gitinsight.errors import SourceDamaged
from gitinsight.git.history import MirrorHistory
from gitinsight.git.log import reachable, read_changes, read_commits
from gitinsight.store.blobcache import SqliteBlobCache
from tests.repositories import ANN, BOB, Repo, demo

NOW = datetime(2024, 6, 1, tzinfo=UTC)
DOCUMENTED_COMMITS = {
    "order": pl.UInt32, "commit": pl.String, "parents": pl.List(pl.String), "author_name": pl.String,
    "author_email": pl.String, "author": pl.String, "authored_at": pl.Datetime("us", "UTC"),
    "author_offset": pl.Int16, "committer_name": pl.String, "committer_email": pl.String,
    "committed_at": pl.Datetime("us", "UTC"), "is_merge": pl.Boolean, "is_bot": pl.Boolean,
    "is_ignored": pl.Boolean, "subject": pl.String, "body": pl.String,
}  # fmt: skip
DOCUMENTED_CHANGES = {
    "order": pl.UInt32, "commit": pl.String, "path": pl.String, "path_bytes": pl.Binary,
    "old_path": pl.String, "added": pl.Int64, "deleted": pl.Int64, "file_id": pl.UInt32, "file": pl.String,
    "is_vendored": pl.Boolean, "is_generated": pl.Boolean,
}  # fmt: skip


@dataclass(frozen=True)
class EarlierSeries:
    """What an earlier analyzer left."""

    metrics: Mapping[str, Metric]
    points: Sequence[Point]

    def series(self, metric: str) -> Sequence[Point]:
        return [point for point in self.points if point.metric == metric]


def history_of(repo: Repo, cache: BlobCache | None = None) -> MirrorHistory:
    commits = reachable(repo.git_dir, repo.head())
    return MirrorHistory(
        repo.git_dir,
        "ann/repo",
        repo.head(),
        NOW,
        commits=read_commits(repo.git_dir, commits).lazy(),
        changes=read_changes(repo.git_dir, commits).lazy(),
        cache=cache,
    )


def test_frames_have_the_documented_columns(tmp_path: Path) -> None:
    history: History = history_of(demo(tmp_path))

    assert dict(history.commits.schema) == DOCUMENTED_COMMITS
    assert dict(history.changes.schema) == DOCUMENTED_CHANGES
    assert history.releases.columns == ["tag", "commit", "at"]
    assert history.comments.columns == ["id", "author", "at", "body", "url", "is_bot"]
    assert history.pulls.columns[:7] == history.issues.columns
    assert history.pulls.columns[7:] == ["merged_at", "first_review_at"]


def test_the_demo_repository_folds_its_rename_and_keeps_churn(tmp_path: Path) -> None:
    changes = history_of(demo(tmp_path)).changes

    churn = changes.group_by("file").agg((pl.col("added") + pl.col("deleted")).sum())

    assert dict(churn.rows()) == {"m1.py": 7, "m2.py": 7, "m3.py": 6, "m5.py": 4, "m6.py": 4, "pkg4.py": 4}
    assert changes["file_id"].n_unique() == 6


def test_a_mailmap_makes_one_author_of_two_addresses(tmp_path: Path) -> None:
    repo = demo(tmp_path)
    assert history_of(repo).commits["author"].n_unique() == 4
    repo.commit({".mailmap": "Ann <ann@a.io> <ann@alt.io>\n"}, "Say who Ann is", "Ann <ann@alt.io>")

    commits = history_of(repo).commits

    assert commits["author"].unique().sort().to_list() == ["Ann", "Bob", "Cy"]
    assert commits.filter(author="Ann")["author_email"].unique().to_list() == ["ann@a.io"]
    assert commits["committer_email"].to_list()[-1] == "ann@a.io"


def test_the_mailmap_is_that_of_the_analysed_commit(tmp_path: Path) -> None:
    repo = Repo(tmp_path)
    repo.commit({"a": "1\n"}, author="annie <a@old.org>")
    then = repo.commit({".mailmap": "Ann Archer <ann@new.org> <a@old.org>\n"}, author=BOB)
    repo.commit({".mailmap": "Somebody Else <else@new.org> <a@old.org>\n"}, author=BOB)
    ids = reachable(repo.git_dir, then)

    history = MirrorHistory(
        repo.git_dir,
        "x",
        then,
        NOW,
        commits=read_commits(repo.git_dir, ids).lazy(),
        changes=read_changes(repo.git_dir, ids).lazy(),
    )

    first = history.commits.row(0, named=True)
    assert (first["author_name"], first["author_email"]) == ("Ann Archer", "ann@new.org")


def test_two_people_of_one_name_in_the_mailmap_stay_two(tmp_path: Path) -> None:
    repo = Repo(tmp_path)
    repo.commit({"a": "1\n"}, author="John Smith <js@a.org>")
    repo.commit({"a": "2\n"}, author="John Smith <js@b.org>")
    assert history_of(repo).commits["author"].n_unique() == 1
    repo.commit(
        {".mailmap": "John Smith <js@a.org>\nJohn Smith <js@b.org>\n"}, author="John Smith <js@b.org>"
    )

    assert history_of(repo).commits["author"].n_unique() == 2


def test_odd_people_are_survived(tmp_path: Path) -> None:
    repo = Repo(tmp_path)
    repo.commit({"a": "1\n"}, author=" <>")
    repo.commit({"a": "2\n"}, author=b"J\xfc <j\xfc@x>")
    repo.commit({"a": "3\n"}, author="Ann Archer <12+ann@users.noreply.github.com>")

    commits = history_of(repo).commits

    assert commits["author_name"].to_list() == ["", "J\ufffd", "Ann Archer"]
    assert commits["author_email"].to_list() == ["", "j\ufffd@x", "ann@users.noreply.github.com"]


def test_bots_and_merges_are_marked_and_merges_have_no_changes(tmp_path: Path) -> None:
    repo = Repo(tmp_path)
    base = repo.commit({"a": "1\n"})
    side = repo.commit(
        {"b": "1\n"},
        author="dependabot[bot] <1+dependabot[bot]@users.noreply.github.com>",
        branch="side",
        parents=[base],
    )
    merge = repo.commit({"b": "1\n", "c": "evil\n"}, parents=[base, side])

    history = history_of(repo)

    assert history.commits["is_bot"].to_list() == [False, True, False]
    assert history.commits["is_merge"].to_list() == [False, False, True]
    assert history.commits["order"].to_list() == [0, 1, 2]
    assert history.changes.select("order", "path").rows() == [(0, "a"), (1, "b")]
    assert merge not in history.changes["commit"]


def test_rows_of_a_rewritten_branch_are_left_out_and_order_does_not_matter(tmp_path: Path) -> None:
    repo = Repo(tmp_path)
    base = repo.commit({"a": "1\n"})
    lost = repo.commit({"a": "2\n"}, "Rewritten later")
    kept = repo.commit({"a": "3\n"}, "Rewritten", parents=[base])
    raw = [lost, kept, base]

    history = MirrorHistory(
        repo.git_dir,
        "x",
        kept,
        NOW,
        commits=pl.concat([read_commits(repo.git_dir, raw)] * 2).lazy(),
        changes=read_changes(repo.git_dir, raw).lazy(),
    )

    assert history.commits["commit"].to_list() == [base, kept]
    assert history.changes["commit"].to_list() == [base, kept]


def test_a_commit_without_its_row_is_told(tmp_path: Path) -> None:
    repo = Repo(tmp_path)
    first = repo.commit({"a": "1\n"})
    second = repo.commit({"a": "2\n"})

    history = MirrorHistory(
        repo.git_dir,
        "x",
        second,
        NOW,
        commits=read_commits(repo.git_dir, [second]).lazy(),
        changes=read_changes(repo.git_dir, [second]).lazy(),
    )

    with pytest.raises(SourceDamaged, match=first):
        _ = history.commits


def test_vendored_and_generated_history_is_marked_by_the_rules_of_head(tmp_path: Path) -> None:
    repo = Repo(tmp_path)
    repo.commit({"lib/x.c": "1\n", "uv.lock": "1\n", "api.py": "1\n"})
    repo.commit({"lib/x.c": None, ".gitattributes": "lib/** linguist-vendored\napi.py linguist-generated\n"})

    changes = history_of(repo).changes

    assert changes.filter("is_vendored")["path"].to_list() == ["lib/x.c", "lib/x.c"]
    assert changes.filter("is_generated")["path"].to_list() == ["api.py", "uv.lock"]


def test_releases_are_the_tags_before_head_by_time(tmp_path: Path) -> None:
    repo = Repo(tmp_path)
    first = repo.commit({"a": "1\n"})
    second = repo.commit({"a": "2\n"})
    side = repo.commit({"a": "3\n"}, branch="side", parents=[first])
    repo.tag("v2", second, "Second", "2024-02-01T00:00:00+00:00")
    repo.tag("v1", first)
    repo.tag("elsewhere", side)
    repo.run("tag", "file", repo.run("rev-parse", "main:a"))
    repo.run("tag", "-a", "-m", "Tag of a tag", "v2-again", "v2")

    releases = history_of(repo).releases

    assert releases.rows() == [
        ("v1", first, datetime(2024, 1, 1, 12, tzinfo=UTC)),
        ("v2", second, datetime(2024, 2, 1, tzinfo=UTC)),
        ("v2-again", second, datetime(2024, 6, 1, 12, tzinfo=UTC)),
    ]


def test_files_are_read_at_head_and_at_any_commit(tmp_path: Path) -> None:
    repo = Repo(tmp_path)
    commits = [repo.commit({f"f{number}": f"{number}\n"}) for number in range(8)]

    with history_of(repo) as history:
        assert [file.path for file in history.files()] == [f"f{number}" for number in range(8)]
        assert [len(history.files(commit)) for commit in commits] == [1, 2, 3, 4, 5, 6, 7, 8]
        assert history.read("f7") == b"7\n"
        with pytest.raises(KeyError):
            history.read("f7", at=commits[0])
        ids = [file.blob for file in history.files()]
        assert [content for _, content in history.blobs(ids[:2])] == [b"0\n", b"1\n"]


def test_results_are_computed_once_a_blob_and_look_the_same_when_remembered(tmp_path: Path) -> None:
    repo = Repo(tmp_path)
    repo.commit({"a": "one\n", "b": "two\n", "c": "one\n"})
    computed: list[bytes] = []

    def lengths(content: bytes) -> dict[int, tuple[int, ...]]:
        computed.append(content)
        return {1: (len(content),)}

    with history_of(repo, SqliteBlobCache(tmp_path / "cache.db")) as history:
        view = history.for_analyzer("quality", "1")
        blobs = [file.blob for file in view.files()]
        new = list(view.cached_many(blobs, "length", lengths))
        remembered = list(view.cached_many(blobs, "length", lengths))

        assert sorted(computed) == [b"one\n", b"two\n"]
        assert new == remembered == [(blob, {"1": [4]}) for blob in blobs]
        assert view.cached(blobs[0], "length", lengths) == {"1": [4]}
        assert view.cached(blobs[0], "other key", len) == 4
        history.for_analyzer("quality", "2").cached(blobs[0], "length", lengths)
        assert len(computed) == 3
    with history_of(repo) as forgetful:
        assert forgetful.cached(blobs[0], "length", len) == 4


def test_an_analyzer_reads_earlier_series_and_tells_its_progress(tmp_path: Path) -> None:
    repo = Repo(tmp_path)
    repo.commit({"a": "1\n"}, author=ANN)
    metric = Metric("people.active", "Active people", "people", "People with a commit in the week.")
    points = [
        Point("people.active", datetime(2024, 1, 8, tzinfo=UTC), None, "no data"),
        Point("people.active", datetime(2024, 1, 1, tzinfo=UTC), 2.0),
        Point("people.other", datetime(2024, 1, 1, tzinfo=UTC), 9.0),
    ]
    told: list[tuple[float, float]] = []
    earlier = EarlierSeries({metric.name: metric}, points)
    history = history_of(repo)

    view = history.for_analyzer("trends", "1", earlier, lambda done, total: told.append((done, total)))
    view.progress(1, 2)

    assert view.series("people.active").rows() == [
        (datetime(2024, 1, 1, tzinfo=UTC), 2.0, ""),
        (datetime(2024, 1, 8, tzinfo=UTC), None, ""),
    ]
    assert list(view.metrics) == ["people.active"]
    assert told == [(1, 2)]
    history.progress(1, 2)
    assert (history.series("people.active").height, dict(history.metrics)) == (0, {})


def test_commits_that_blame_ignores_are_marked_by_the_analysed_commits_list(tmp_path: Path) -> None:
    repo = Repo(tmp_path)
    kept = repo.commit({"a": "1\n"})
    mass_edit = repo.commit({"a": "2\n"})
    listed = f"# Format everything\n{mass_edit.upper()}  # by a tool\n\n{kept[:12]}\nnonsense\n"
    repo.commit({".git-blame-ignore-revs": listed})

    assert history_of(repo).commits["is_ignored"].to_list() == [False, True, False]


def test_without_a_list_no_commit_is_ignored(tmp_path: Path) -> None:
    repo = Repo(tmp_path)
    repo.commit({"a": "1\n"})

    assert history_of(repo).commits["is_ignored"].to_list() == [False]
