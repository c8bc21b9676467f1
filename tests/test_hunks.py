"""Rows of hunks, worked out by hand, and what happens where git cannot read."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from gitinsight.errors import AnalysisCancelled, SourceDamaged
from gitinsight.git.hunks import RAW_HUNKS, read_hunks, stream_hunks
from gitinsight.git.patches import PatchReader, unquote
from tests.repositories import Repo

TEXT = "".join(f"line {number}\n" for number in range(40))


def parents_of(repo: Repo) -> dict[str, list[str]]:
    listed = repo.run("rev-list", "--topo-order", "--reverse", "--parents", repo.head())
    return {line.split()[0]: line.split()[1:] for line in listed.splitlines()}


def loose(repo: Repo, name: str) -> Path:
    return repo.git_dir / "objects" / name[:2] / name[2:]


def test_a_row_says_what_became_of_a_file(tmp_path: Path) -> None:
    repo = Repo(tmp_path)
    first = repo.commit({"a": "1\n2\n3\n", "gone": "x\n"})
    second = repo.commit({"a": "1\nnew\nnew\n3\n", "gone": None, "b": TEXT, "bin": b"\0"})
    third = repo.commit({"b": None, "c": TEXT})

    frame = read_hunks(repo.git_dir, parents_of(repo))

    assert frame.schema == RAW_HUNKS
    shown = ("commit", "path", "old_path", "is_binary", "old_start", "old_lines", "new_start", "new_lines")
    told = [
        tuple(tuple(cell) if isinstance(cell, list) else cell for cell in row)
        for row in frame.select(shown).rows()
    ]
    assert len(told) == 8
    assert set(told) == {
        (first, b"a", None, False, (0,), (0,), (1,), (3,)),
        (first, b"gone", None, False, (0,), (0,), (1,), (1,)),
        (second, b"a", b"a", False, (2,), (1,), (2,), (2,)),
        (second, None, b"gone", False, (), (), (), ()),
        (second, b"b", None, False, (0,), (0,), (1,), (40,)),
        (second, b"bin", None, True, None, None, None, None),
        (third, b"c", b"b", False, (), (), (), ()),
        (third, None, b"b", False, (), (), (), ()),
    }


def test_a_merge_has_rows_for_what_is_not_its_first_parents(tmp_path: Path) -> None:
    repo = Repo(tmp_path)
    base = repo.commit({"a": TEXT, "b": TEXT, "same": "1\n"})
    left = repo.commit({"a": "left\n" + TEXT})
    right = repo.commit({"a": TEXT + "right\n", "b": "b\n", "same": None}, branch="side", parents=[base])
    merge = repo.commit({"a": "left\n" + TEXT + "right\n", "b": "b\n", "same": None}, parents=[left, right])

    frame = read_hunks(repo.git_dir, parents_of(repo)).filter(commit=merge)

    columns = ("path", "old_path", "parent", "new_start", "new_lines")
    assert sorted(frame.select(columns).rows(), key=repr) == sorted(
        [
            (b"a", b"a", 0, [42], [1]),
            (b"a", b"a", 1, [1], [1]),
            (b"b", b"b", 1, [], []),
            (None, b"same", 0, [], []),
        ],
        key=repr,
    )


def test_frames_hold_whole_commits_and_progress_counts_them(tmp_path: Path) -> None:
    repo = Repo(tmp_path)
    stream = b"".join(
        b"commit refs/heads/main\nauthor A <a@x> %d +0000\ncommitter A <a@x> %d +0000\ndata 0\n"
        b"M 100644 inline f%d\ndata 2\n%d\n\n" % (number, number, number % 7, number % 10)
        for number in range(1, 601)
    )
    repo.run_bytes("fast-import", "--quiet", feed=stream)
    told: list[tuple[int, int]] = []

    frames = list(stream_hunks(repo.git_dir, parents_of(repo), lambda *counts: told.append(counts)))

    ids = [commit for frame in frames for commit in frame["commit"].unique()]
    assert len(ids) == len(set(ids))
    assert told[-1] == (600, 600)
    assert pl.concat(frames).height == int(repo.run("rev-list", "--count", "main"))


def test_no_commits_give_an_empty_frame(tmp_path: Path) -> None:
    assert read_hunks(Repo(tmp_path).git_dir, {}).schema == RAW_HUNKS


@pytest.mark.parametrize("content", ["of a commit", "of a merge"])
def test_a_missing_blob_is_told_by_its_name(tmp_path: Path, content: str) -> None:
    repo = Repo(tmp_path)
    base = repo.commit({"a": TEXT})
    left = repo.commit({"a": "left\n" + TEXT})
    right = repo.commit({"a": TEXT + "right\n"}, branch="side", parents=[base])
    merge = repo.commit({"a": "left\n" + TEXT + "right\n"}, parents=[left, right])
    blob = repo.run("rev-parse", f"{merge if content == 'of a merge' else right}:a")
    loose(repo, blob).unlink()

    with pytest.raises(SourceDamaged, match=blob):
        read_hunks(repo.git_dir, parents_of(repo))


def test_a_missing_commit_is_told_by_its_name(tmp_path: Path) -> None:
    repo = Repo(tmp_path)
    base = repo.commit({"a": TEXT})
    side = repo.commit({"b": TEXT}, branch="side", parents=[base])
    merge = repo.commit({"b": TEXT}, parents=[base, side])
    known = parents_of(repo)
    loose(repo, merge).unlink()

    with pytest.raises(SourceDamaged, match=merge):
        read_hunks(repo.git_dir, known)


def test_what_progress_raises_ends_git_and_passes_on(tmp_path: Path) -> None:
    repo = Repo(tmp_path)
    repo.commit({"a": TEXT})

    def cancel(done: int, total: int) -> None:
        raise AnalysisCancelled("Somebody cancelled the job.")

    with pytest.raises(AnalysisCancelled):
        read_hunks(repo.git_dir, parents_of(repo), cancel)


def test_the_mirror_is_left_as_it_was(tmp_path: Path) -> None:
    repo = Repo(tmp_path)
    base = repo.commit({"a": TEXT, "b": TEXT})
    left = repo.commit({"a": "left\n" + TEXT, "b": None, "c": TEXT + "c\n", "d": TEXT + "d\n"})
    right = repo.commit({"a": TEXT + "right\n"}, branch="side", parents=[base])
    repo.commit({"a": "left\n" + TEXT + "right\n"}, parents=[left, right])
    before = sorted((path, path.stat().st_mtime_ns) for path in repo.git_dir.rglob("*"))

    read_hunks(repo.git_dir, parents_of(repo))

    assert sorted((path, path.stat().st_mtime_ns) for path in repo.git_dir.rglob("*")) == before


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
def test_output_is_read_alike_in_pieces_of_any_size(size: int) -> None:
    commit, blobs = "c" * 40, f"{'0' * 40} {'b' * 40}"
    text = (
        f"{commit}\n:000000 100644 {blobs} A\ta\n:000000 100644 {blobs} A\tb\n\ndiff --git a/a b/a\n"
        "new file mode 100644\n--- /dev/null\n+++ b/a\n@@ -0,0 +1,2 @@\n+@@ -1 +1 @@\n+diff --git\n"
        "diff --git a/b b/b\n@@ -0,0 +1 @@ f\n+end\n\\ No newline at end of file\nend mark\n"
    ).encode()
    reader = PatchReader(b"end mark")

    batches = [
        batch for start in range(0, len(text), size) for batch in reader.feed(text[start : start + size])
    ]

    assert len(batches) == 1
    assert [(file.path, file.hunks) for file in batches[0][0].files] == [
        (b"a", [(0, 0, 1, 2)]),
        (b"b", [(0, 0, 1, 1)]),
    ]


@pytest.mark.parametrize(
    ("printed", "name"),
    [
        (b"plain name", b"plain name"),
        (rb'"tab\tquote\"back\\slash\nend"', b'tab\tquote"back\\slash\nend'),
        (rb'"caf\351\0019"', b"caf\xe9\x019"),
    ],
)
def test_quoted_names_are_read(printed: bytes, name: bytes) -> None:
    assert unquote(printed) == name
