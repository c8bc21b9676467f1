"""History files: what is closed is kept whole, what is not counts as absent."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from gitinsight.git import log
from gitinsight.git.hunks import RAW_HUNKS, read_hunks
from gitinsight.store.segments import SCHEMAS, Kind, Segments
from tests.repositories import Repo


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    made = Repo(tmp_path)
    for number in range(4):
        made.commit(
            {"a": f"{number}\n", b"caf\xe9": f"{number}\n", "b.bin": bytes([0, number])}, f"Change {number}"
        )
    return made


def store(segments: Segments, repo: Repo, commits: list[str]) -> None:
    ids = pl.Series(commits, dtype=pl.String)
    segments.append(Kind.COMMITS, log.read_commits(repo.git_dir, commits), ids)
    segments.append(Kind.CHANGES, log.read_changes(repo.git_dir, commits), ids)
    segments.append(Kind.HUNKS, hunks_of(repo, commits), ids)


def hunks_of(repo: Repo, commits: list[str]) -> pl.DataFrame:
    rows = log.read_commits(repo.git_dir, commits).select("commit", "parents").iter_rows()
    return read_hunks(repo.git_dir, dict(rows))


def known(segments: Segments, kind: Kind) -> set[str]:
    found = segments.known(kind)
    assert found.n_unique() == len(found)
    return set(found)


def holds(segments: Segments, repo: Repo, commits: list[str]) -> bool:
    """Whether there are exactly the rows of these commits, in this order but for hunks."""
    rows = {
        Kind.COMMITS: log.read_commits(repo.git_dir, commits),
        Kind.CHANGES: log.read_changes(repo.git_dir, commits),
        Kind.HUNKS: hunks_of(repo, commits).sort("commit", "path"),
    }
    found = {kind: segments.scan(kind).collect() for kind in Kind}
    found[Kind.HUNKS] = found[Kind.HUNKS].sort("commit", "path")
    return all(found[kind].equals(rows[kind]) for kind in Kind)


def test_the_columns_are_those_that_the_reader_of_git_gives() -> None:
    assert SCHEMAS == {
        Kind.COMMITS: log.RAW_COMMITS,
        Kind.CHANGES: log.RAW_CHANGES,
        Kind.HUNKS: RAW_HUNKS,
    }


@pytest.mark.parametrize("place", ["folder", "url", "memory"])
def test_what_was_appended_is_read_back_by_another_instance(tmp_path: Path, repo: Repo, place: str) -> None:
    folder = tmp_path / "history files [1]"
    root = {"folder": str(folder), "url": f"file://{folder}", "memory": f"memory://{tmp_path.name}/h"}[place]
    ids = log.reachable(repo.git_dir, repo.head())
    writer = Segments(root)
    assert [known(writer, kind) for kind in Kind] == [set(), set(), set()]
    assert [writer.scan(kind).collect_schema() for kind in Kind] == list(SCHEMAS.values())

    store(writer, repo, ids[:3])
    store(writer, repo, ids[3:])

    for reader in (writer, Segments(root)):
        assert [known(reader, kind) for kind in Kind] == [set(ids), set(ids), set(ids)]
        assert holds(reader, repo, ids)
    Segments(root).remove()
    assert known(Segments(root), Kind.COMMITS) == set()
    Segments(root).remove()


def test_commits_may_be_stored_before_their_changes(tmp_path: Path, repo: Repo) -> None:
    ids = log.reachable(repo.git_dir, repo.head())
    segments = Segments(str(tmp_path / "h"))

    segments.append(Kind.COMMITS, log.read_commits(repo.git_dir, ids), pl.Series(ids))

    reader = Segments(str(tmp_path / "h"))
    assert known(reader, Kind.COMMITS) == set(ids)
    assert known(reader, Kind.CHANGES) == set()


def test_a_commit_in_two_segments_counts_once(tmp_path: Path, repo: Repo) -> None:
    ids = log.reachable(repo.git_dir, repo.head())
    segments = Segments(str(tmp_path / "h"))

    store(segments, repo, ids[:3])
    store(segments, repo, ids[1:])

    assert holds(segments, repo, ids)
    assert holds(Segments(str(tmp_path / "h")), repo, ids)


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("harm", ["cut", "deleted", "flipped", "older version"])
def test_a_damaged_segment_counts_as_absent_and_can_be_written_again(
    tmp_path: Path, repo: Repo, kind: Kind, harm: str
) -> None:
    ids = log.reachable(repo.git_dir, repo.head())
    folder = tmp_path / "h"
    segments = Segments(str(folder))
    store(segments, repo, ids[:1])
    before = set(folder.iterdir())
    store(segments, repo, ids[1:])
    (victim,) = [path for path in set(folder.iterdir()) - before if f"-{kind}-" in path.name]
    content = victim.read_bytes()
    if harm == "deleted":
        victim.unlink()
    elif harm == "older version":
        victim.rename(victim.with_name(victim.name.replace("v2-", "v1-", 1)))
    else:
        place = len(content) // 2
        flipped = content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]
        victim.write_bytes(content[:place] if harm == "cut" else flipped)

    again = Segments(str(folder))
    assert known(again, kind) == set(ids[:1])
    assert again.scan(kind).collect()["commit"].unique().to_list() == ids[:1]
    store(again, repo, ids[1:])

    assert holds(Segments(str(folder)), repo, ids)


def test_strange_files_are_ignored(tmp_path: Path) -> None:
    folder = tmp_path / "h"
    folder.mkdir()
    (folder / "notes.txt").write_text("hello")
    (folder / "v2-00000001-commits-x.parquet.1234.tmp").write_text("half")
    assert known(Segments(str(folder)), Kind.COMMITS) == set()


def test_other_columns_are_refused(tmp_path: Path, repo: Repo) -> None:
    commits = log.read_commits(repo.git_dir, [repo.head()])
    with pytest.raises(ValueError, match="columns"):
        Segments(str(tmp_path / "h")).append(Kind.COMMITS, commits.drop("body"), pl.Series([repo.head()]))


def test_nothing_new_writes_nothing(tmp_path: Path, repo: Repo) -> None:
    store(Segments(str(tmp_path / "h")), repo, [])
    assert not (tmp_path / "h").exists()


def test_commits_without_changes_are_known_and_have_no_rows(tmp_path: Path) -> None:
    repo = Repo(tmp_path)
    empty = repo.commit({}, "Nothing")

    store(Segments(str(tmp_path / "h")), repo, [empty])

    reader = Segments(str(tmp_path / "h"))
    assert known(reader, Kind.CHANGES) == {empty}
    assert reader.scan(Kind.CHANGES).collect().is_empty()


def test_paths_are_stored_as_a_dictionary(tmp_path: Path) -> None:
    repo = Repo(tmp_path)
    for number in range(300):
        repo.commit({"a/rather/long/path/to/one/file.txt": f"{number}\n"})
    folder = tmp_path / "h"
    store(Segments(str(folder)), repo, log.reachable(repo.git_dir, repo.head()))

    (changes,) = folder.glob("*-changes-*")
    assert changes.read_bytes().count(b"rather/long") < 15, "in the dictionary and in statistics only"


def test_a_long_history_is_not_read_whole_to_count_its_commits(tmp_path: Path, repo: Repo) -> None:
    ids = log.reachable(repo.git_dir, repo.head())
    segments = Segments(str(tmp_path / "h"))
    store(segments, repo, ids)

    counted = segments.scan(Kind.CHANGES).select(pl.col("commit").n_unique())

    assert "PROJECT 2/6 COLUMNS" in counted.explain()
    assert counted.collect().item() == len(ids)
