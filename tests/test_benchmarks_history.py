"""The benchmark of reading a history: its own reader of git's rows, and what it says of a small repository."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from benchmarks import oracle
from benchmarks.history import verification
from benchmarks.history_runs import extend
from gitinsight.store.segments import Kind, Segments
from tests.repositories import Repo

ONE, TWO = "1" * 40, "2" * 64


def test_gits_output_is_read_byte_by_byte() -> None:
    text = (
        f"commit {ONE}\0\n1\t2\ta\tb\n\0-\t-\t\xff\0"
        f"commit {TWO}\0"
        f"commit {ONE}\0\n0\t10\t\0old name\0new\tname\0"
        f"3\t0\tcommit {TWO}\0"
    ).encode("latin-1")

    assert list(oracle.parse(text)) == [
        (ONE, b"a\tb\n", None, 1, 2),
        (ONE, b"\xff", None, None, None),
        (ONE, b"new\tname", b"old name", 0, 10),
        (ONE, f"commit {TWO}".encode(), None, 3, 0),
    ]
    assert list(oracle.parse(b"")) == []


@pytest.mark.parametrize(
    "text",
    [
        b"1\t2\tbefore any commit\0",
        b"commit " + b"1" * 39 + b"\0",
        b"commit " + b"1" * 40 + b"\0\n1\t2\tcut",
        b"commit " + b"1" * 40 + b"\0\n1\t2\t\0only the old name\0",
        b"commit " + b"1" * 40 + b"\0\n1\t-\thalf binary\0",
        b"warning: something\n",
    ],
)
def test_what_is_no_row_of_gits_is_refused(text: bytes) -> None:
    with pytest.raises(ValueError, match="not rows of git log"):
        list(oracle.parse(text))


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """Four commits with five rows, one of them a rename."""
    repo = Repo(tmp_path)
    text = "".join(f"line {number}\n" for number in range(20))
    repo.commit({"a.txt": text, b"caf\xe9": "1\n"})
    repo.commit({"a.txt": None, "b.txt": text + "x\n"})
    side = repo.commit({"side": "1\n"}, branch="side", parents=[repo.head()])
    repo.commit({"side": "1\n", "b.txt": text}, parents=[repo.head(), side])
    repo.commit({"b.txt": "short\n", ".gitattributes": "*.txt -diff\n"})
    return repo


def test_a_row_that_is_lost_or_another_one_is_named(tmp_path: Path, repo: Repo) -> None:
    whole, other = tmp_path / "whole", tmp_path / "other"
    extend(repo.git_dir, repo.head(), whole)
    segments = Segments(str(whole))
    changes = segments.scan(Kind.CHANGES).collect()
    altered = changes[1:].vstack(changes[:1].with_columns(added=pl.lit(77, pl.Int64)))
    Segments(str(other)).append(Kind.CHANGES, altered, segments.known(Kind.CHANGES))

    sound = verification(repo.git_dir, repo.head(), whole)
    broken = verification(repo.git_dir, repo.head(), other)

    assert sound == {"rows": 6, "git_rows": 6, "equal": True, "only_ours": [], "only_gits": []}
    assert (broken["rows"], broken["git_rows"], broken["equal"]) == (6, 6, False)
    assert len(broken["only_ours"]) == len(broken["only_gits"]) == 1
    assert ", 77, 0)" in broken["only_ours"][0]


@pytest.mark.parametrize("bare", [True, False])
def test_the_command_prints_every_figure_as_json_and_changes_nothing(
    tmp_path: Path, repo: Repo, bare: bool
) -> None:
    path = repo.git_dir
    if not bare:
        path = tmp_path / "files"
        subprocess.run(["git", "clone", "--quiet", repo.git_dir, path], check=True)
    before = {found: found.stat().st_mtime_ns for found in path.rglob("*")}

    words = ["--verify", "--json", "--times=1", "--no-peers"]
    command = [sys.executable, "-m", "benchmarks.history", str(path), *words]
    done = subprocess.run(command, capture_output=True, text=True, check=True)

    told = json.loads(done.stdout)
    assert (told["head"], told["commits"]) == (repo.head(), 5)
    assert (told["verify"]["rows"], told["verify"]["equal"]) == (6, True)
    for who in ("git", "ours"):
        assert told[who].keys() >= {"wall_seconds", "cpu_seconds", "peak_bytes"}
    assert {"wall_over_git", "cpu_over_git", "bytes_above_git", "headers_seconds"} < told.keys()
    assert {"append_100_seconds", "queries_milliseconds"} < told.keys()
    assert {found: found.stat().st_mtime_ns for found in path.rglob("*")} == before
