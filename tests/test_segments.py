"""History files: what is closed is kept whole, what is not counts as absent."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from gitinsight.git import log
from gitinsight.store import segments
from gitinsight.store.segments import Segments
from tests.repositories import Repo


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    made = Repo(tmp_path)
    for number in range(4):
        made.commit(
            {"a": f"{number}\n", b"caf\xe9": f"{number}\n", "b.bin": bytes([0, number])}, f"Change {number}"
        )
    return made


def rows_of(repo: Repo, commits: list[str]) -> tuple[pl.DataFrame, pl.DataFrame]:
    return log.read_commits(repo.git_dir, commits), log.read_changes(repo.git_dir, commits)


def test_the_columns_are_those_that_the_reader_of_git_gives() -> None:
    assert segments.COMMITS == log.RAW_COMMITS
    assert segments.CHANGES == log.RAW_CHANGES


@pytest.mark.parametrize("kind", ["folder", "url", "memory"])
def test_what_was_appended_is_read_back_by_another_instance(tmp_path: Path, repo: Repo, kind: str) -> None:
    folder = tmp_path / "history files"
    root = {"folder": str(folder), "url": f"file://{folder}", "memory": f"memory://{tmp_path.name}/h"}[kind]
    ids = log.reachable(repo.git_dir, repo.head())
    commits, changes = rows_of(repo, ids)
    writer = Segments(root)
    assert writer.known() == set()
    assert writer.commits().schema == segments.COMMITS
    assert writer.changes().schema == segments.CHANGES

    writer.append(*rows_of(repo, ids[:3]))
    writer.append(*rows_of(repo, ids[3:]))

    for reader in (writer, Segments(root)):
        assert reader.known() == set(ids)
        assert reader.commits().equals(commits)
        assert reader.changes().equals(changes)
    Segments(root).remove()
    assert Segments(root).known() == set()
    Segments(root).remove()


def test_a_commit_in_two_segments_counts_once(tmp_path: Path, repo: Repo) -> None:
    ids = log.reachable(repo.git_dir, repo.head())
    store = Segments(str(tmp_path / "h"))

    store.append(*rows_of(repo, ids[:3]))
    store.append(*rows_of(repo, ids[1:]))

    for reader in (store, Segments(str(tmp_path / "h"))):
        assert reader.commits().equals(rows_of(repo, ids)[0])
        assert reader.changes().equals(rows_of(repo, ids)[1])


@pytest.mark.parametrize("kind", ["commits", "changes"])
@pytest.mark.parametrize("harm", ["cut", "deleted", "flipped", "older version"])
def test_a_damaged_segment_counts_as_absent_and_can_be_written_again(
    tmp_path: Path, repo: Repo, kind: str, harm: str
) -> None:
    ids = log.reachable(repo.git_dir, repo.head())
    folder = tmp_path / "h"
    store = Segments(str(folder))
    store.append(*rows_of(repo, ids[:1]))
    before = set(folder.iterdir())
    store.append(*rows_of(repo, ids[1:]))
    (victim,) = [path for path in set(folder.iterdir()) - before if path.name.endswith(f".{kind}.parquet")]
    content = victim.read_bytes()
    if harm == "deleted":
        victim.unlink()
    elif harm == "older version":
        victim.rename(victim.with_name(victim.name.replace("v1-", "v0-", 1)))
    else:
        place = len(content) // 2
        flipped = content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]
        victim.write_bytes(content[:place] if harm == "cut" else flipped)

    again = Segments(str(folder))
    assert again.known() == set(ids[:1])
    assert again.changes()["commit"].unique().to_list() == ids[:1]
    again.append(*rows_of(repo, ids[1:]))

    assert Segments(str(folder)).commits().equals(rows_of(repo, ids)[0])
    assert Segments(str(folder)).changes().equals(rows_of(repo, ids)[1])


def test_strange_files_are_ignored(tmp_path: Path) -> None:
    folder = tmp_path / "h"
    folder.mkdir()
    (folder / "notes.txt").write_text("hello")
    (folder / "v1-x.commits.parquet.1234.tmp").write_text("half")
    assert Segments(str(folder)).known() == set()


def test_other_columns_are_refused(tmp_path: Path, repo: Repo) -> None:
    commits, changes = rows_of(repo, [repo.head()])
    with pytest.raises(ValueError, match="columns"):
        Segments(str(tmp_path / "h")).append(commits.drop("body"), changes)


def test_nothing_new_writes_nothing(tmp_path: Path, repo: Repo) -> None:
    Segments(str(tmp_path / "h")).append(*rows_of(repo, []))
    assert not (tmp_path / "h").exists()


def test_commits_without_changes_are_known(tmp_path: Path) -> None:
    repo = Repo(tmp_path)
    empty = repo.commit({}, "Nothing")
    store = Segments(str(tmp_path / "h"))

    store.append(*rows_of(repo, [empty]))

    assert Segments(str(tmp_path / "h")).known() == {empty}
