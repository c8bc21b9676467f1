"""Lines as a project's own work: without vendored and generated files, and looking through mass edits."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from gitinsight.git.history import MirrorHistory
from gitinsight.git.log import RAW_CHANGES, reachable, read_commits
from tests.blaming import blamed
from tests.repositories import ANN, BOB, Repo

NOW = datetime(2024, 6, 1, 12, tzinfo=UTC)


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """Ann writes six lines, Bob reformats them and adds one, Ann replaces two; beside it stand others' files."""
    repo = Repo(tmp_path)
    repo.commit(
        {"a.py": "1\n2\n3\n4\n5\n6\n", "vendor/x.py": "1\n2\n3\n", "app.min.js": "1\n"},
        author=ANN,
        date="2023-12-01T12:00:00+00:00",
    )
    style = repo.commit(
        {"a.py": "1;\n2;\n3;\n4;\n5;\n6;\n7;\n", "vendor/x.py": "1;\n2\n3\n"},
        author=BOB,
        date="2024-01-01T12:00:00+00:00",
    )
    repo.commit(
        {
            "a.py": "one\ntwo\n3;\n4;\n5;\n6;\n7;\n",
            "vendor/x.py": None,
            "vendor/y.py": "other\n",
            ".git-blame-ignore-revs": f"{style}  # format\n",
        },
        author=ANN,
        date="2024-02-01T12:00:00+00:00",
    )
    return repo


def opened(repo: Repo, told: list[tuple[float, float]] | None = None) -> MirrorHistory:
    commits = read_commits(repo.git_dir, reachable(repo.git_dir, repo.head()))
    return MirrorHistory(
        repo.git_dir,
        "x",
        repo.head(),
        NOW,
        commits=commits.lazy(),
        changes=RAW_CHANGES.to_frame().lazy(),
        progress=None if told is None else lambda done, total: told.append((done, total)),
    )


@pytest.fixture
def history(repo: Repo) -> Iterator[MirrorHistory]:
    with opened(repo) as history:
        yield history


def by_commit(history: MirrorHistory, lines: pl.DataFrame) -> list[tuple[str, int, int]]:
    """(path, order of the commit, lines)."""
    orders = history.commits.select("commit", "order")
    return lines.join(orders, on="commit", maintain_order="left").select("path", "order", "lines").rows()


def test_lines_stay_what_blame_says(history: MirrorHistory, repo: Repo) -> None:
    ids = history.commits["commit"].to_list()
    told = {
        path.decode(): sorted({(ids.index(commit), of_file.count(commit)) for commit in of_file})
        for path, of_file in blamed(repo.git_dir, repo.head()).items()
    }
    found: dict[str, list[tuple[int, int]]] = {}
    for path, order, lines in by_commit(history, history.lines):
        found.setdefault(path, []).append((order, lines))
    assert found == told
    assert found["a.py"] == [(1, 5), (2, 2)]


def test_a_mass_edit_leaves_lines_to_who_wrote_them(history: MirrorHistory) -> None:
    # Seven lines replaced six in one stretch, which tells no one-to-one: the hunk is Bob's as a whole.
    assert by_commit(history, history.owned_lines) == [
        (".git-blame-ignore-revs", 2, 1),
        ("a.py", 1, 5),
        ("a.py", 2, 2),
    ]


def test_lines_that_a_mass_edit_replaced_one_to_one_never_died(tmp_path: Path) -> None:
    repo = Repo(tmp_path)
    repo.commit({"a.py": "1\n2\n"}, date="2023-12-01T12:00:00+00:00")
    style = repo.commit({"a.py": "1;\n2;\n"}, author=BOB, date="2024-01-01T12:00:00+00:00")
    ignored = {".git-blame-ignore-revs": f"{style}\n"}
    repo.commit({"a.py": "one\n2;\n", **ignored}, author=BOB, date="2024-02-01T12:00:00+00:00")
    with opened(repo) as history:
        # From 1 December it is 62 days to 1 February and 183 to 1 June; from 1 February 121.
        assert history.line_lives.rows() == [(0, 62, 1, True), (0, 183, 1, False), (2, 121, 2, False)]
        assert history.overwrites.rows() == [("Ann Archer", "Bob Baker", 1)]
        assert history.burndown.select("at", "cohort", "author", "lines").rows() == [
            (datetime(2023, 12, 1, tzinfo=UTC), "2023", "Ann Archer", 2),
            (datetime(2024, 1, 1, tzinfo=UTC), "2023", "Ann Archer", 2),
            (datetime(2024, 2, 1, tzinfo=UTC), "2023", "Ann Archer", 1),
            (datetime(2024, 2, 1, tzinfo=UTC), "2024", "Bob Baker", 2),
        ]


def test_no_frame_counts_vendored_or_generated_files(history: MirrorHistory) -> None:
    lives = history.line_lives
    # 6 and 7 lines of a.py, 2 more and the list of ignored commits; nothing of vendor/ and app.min.js.
    assert lives["lines"].sum() == 6 + 7 + 2 + 1
    assert lives.filter("died")["lines"].sum() == 6 + 2
    last = history.burndown.filter(pl.col("at") == pl.col("at").max())
    assert last["lines"].sum() == history.owned_lines["lines"].sum() == 8


def test_what_mass_edits_wrote_or_removed_is_in_nobodys_overwrites(history: MirrorHistory) -> None:
    assert history.overwrites.is_empty()


def test_a_file_that_leaves_a_vendored_folder_brings_lines_without_a_birth(tmp_path: Path) -> None:
    repo = Repo(tmp_path)
    text = "".join(f"{number}\n" for number in range(20))
    repo.commit({"vendor/x.py": text})
    repo.commit({"vendor/x.py": None, "x.py": text})
    repo.commit({"x.py": text.removeprefix("0\n")})
    with opened(repo) as history:
        assert by_commit(history, history.owned_lines) == [("x.py", 0, 19)]
        assert history.line_lives.select("order", "lines", "died").rows() == [(0, 19, False)]


def test_reading_is_told_as_a_part_of_the_work(repo: Repo) -> None:
    told: list[tuple[float, float]] = []
    with opened(repo, told) as history:
        assert history.burndown.height
    assert told
    assert all(done < total for done, total in told)
