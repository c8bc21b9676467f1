"""Headers and file changes, held against git's own output on hostile and ordinary repositories."""

from __future__ import annotations

import random
import re
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from gitinsight.errors import AnalysisCancelled, SourceDamaged
from gitinsight.git.log import RAW_CHANGES, RAW_COMMITS, reachable, read_changes, read_commits, stream_changes
from gitinsight.git.rawcommit import MAX_MESSAGE_BYTES
from tests.corpus.cases import loose
from tests.repositories import ANN, BOB, EXECUTABLE, LINK, SUBMODULE, Repo, demo

_ENTRY = re.compile(rb"(\d+|-)\t(\d+|-)\t(?:\0([^\0]+)\0([^\0]+)|([^\0]+))\0")
Row = tuple[str, str, bytes | None, str | None, int | None, int | None]


def numstat(repo: Repo, commits: list[str]) -> list[Row]:
    """The rows that plain ``git log`` prints for the commits, read by a regular expression."""
    rows: list[Row] = []
    for commit in commits:
        printed = repo.run_bytes("log", "-1", "-z", "--numstat", "-M", "--format=", commit)
        for added, deleted, old, new, same in _ENTRY.findall(printed.removeprefix(b"\n")):
            path = new or same
            text = path.decode("utf-8", "replace")
            raw = path if text.encode() != path else None
            counts = [None if count == b"-" else int(count) for count in (added, deleted)]
            rows.append(
                (commit, text, raw, old.decode("utf-8", "replace") if old else None, counts[0], counts[1])
            )
    return rows


def write_object(repo: Repo, content: str | bytes) -> str:
    """A commit object with exactly this content, however wrong it is."""
    raw = content if isinstance(content, bytes) else content.encode()
    return repo.run("hash-object", "-t", "commit", "-w", "--literally", "--stdin", feed=raw)


def hostile(tmp_path: Path, object_format: str = "sha1") -> Repo:
    """Names, contents and shapes of history that break careless readers."""
    repo = Repo(tmp_path, object_format=object_format)
    text = "".join(f"line {number}\n" for number in range(30))
    first = repo.commit(
        {
            b"caf\xe9.txt": "latin\n",
            'new\nline\ttab "quote"': "a\n",
            b"end \xff\n": b"x\n",
            "ends.\n": "dot\n",
            "héllo/wörld.txt": text,
            "src/{old => new}/a.c": text + "a\n",
            "binary.bin": b"\0\1\2" * 50,
            "link": (LINK, "target"),
            "tool.sh": (EXECUTABLE, "#!/bin/sh\n"),
        }
    )
    repo.commit({"module": (SUBMODULE, first)}, "Add a submodule")
    repo.commit({"module": (SUBMODULE, repo.head()), "tool.sh": "#!/bin/sh\n", "binary.bin": b"\0" * 9})
    repo.commit({"src/{old => new}/a.c": None, "src/b.c": text + "b\n"}, "Rename once")
    repo.commit({"src/b.c": None, b"lib/c\xff.c": text + "b\nc\n"}, "Rename again")
    repo.commit({b"lib/c\xff.c": None, "lib/d.c": text}, "Rename from an invalid name")
    repo.commit({}, "Nothing")
    base = repo.commit({"héllo/wörld.txt": None, "héllo": "now a file\n"}, "")
    sides = [
        repo.commit({f"side{number}": text}, branch=f"side{number}", parents=[base]) for number in range(5)
    ]
    repo.commit({f"side{number}": text for number in range(5)}, "Octopus", parents=[base, *sides])
    orphan = repo.commit({"orphan": "alone\n"}, "Another root", branch="orphan", parents=[])
    repo.commit({"orphan": "alone\n"}, "Join the roots", parents=[repo.head(), orphan])
    repo.commit({"wide": "x" * 1_000_000 + "\n", "no newline": "end"}, "A wide line")
    return repo


@pytest.mark.parametrize("object_format", ["sha1", "sha256"])
def test_changes_are_gits_own_rows_on_a_hostile_repository(tmp_path: Path, object_format: str) -> None:
    repo = hostile(tmp_path, object_format)
    commits = reachable(repo.git_dir, repo.head())

    changes = read_changes(repo.git_dir, commits)

    assert changes.schema == RAW_CHANGES
    assert changes.rows() == numstat(repo, commits)
    assert changes["old_path"].drop_nulls().to_list() == ["src/{old => new}/a.c", "src/b.c", "lib/c\ufffd.c"]
    assert changes["path_bytes"].drop_nulls().to_list() == [b"caf\xe9.txt", b"end \xff\n", b"lib/c\xff.c"]


def test_many_commits_come_back_in_the_order_asked_for(tmp_path: Path) -> None:
    repo = Repo(tmp_path)
    stream = b"".join(
        b"commit refs/heads/main\nauthor A <a@x> %d +0000\ncommitter A <a@x> %d +0000\ndata 0\n"
        b"M 100644 inline f%d\ndata 2\n%d\n\n" % (number, number, number % 7, number % 10)
        for number in range(1, 901)
    )
    repo.run_bytes("fast-import", "--quiet", feed=stream)
    commits = reachable(repo.git_dir, repo.head())
    told: list[tuple[int, int]] = []

    changes = read_changes(repo.git_dir, commits, lambda done, total: told.append((done, total)))

    assert len(commits) == 900
    assert changes["commit"].to_list() == commits
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert told[-1] == (900, 900)
    assert read_changes(repo.git_dir, commits[::-1])["commit"].to_list() == commits[::-1]
    printed = repo.run("log", "--reverse", "--numstat", "--format=")
    assert [line.split("\t") for line in printed.splitlines() if line] == [
        [str(added), str(deleted), path]
        for added, deleted, path in changes.select("added", "deleted", "path").rows()
    ]


def test_no_commits_give_empty_frames_with_all_columns(tmp_path: Path) -> None:
    repo = Repo(tmp_path)

    assert read_commits(repo.git_dir, []).schema == RAW_COMMITS
    assert read_changes(repo.git_dir, []).schema == RAW_CHANGES


def test_the_demo_repository_has_its_known_commits_and_churn(tmp_path: Path) -> None:
    repo = demo(tmp_path)
    commits = reachable(repo.git_dir, repo.head())

    changes = read_changes(repo.git_dir, commits)

    assert repo.head() == "57d438e6839af0a9e271a096f9a40c4faf3ac128"
    churn = changes.group_by("path").agg((pl.col("added") + pl.col("deleted")).sum())
    # m4.py is 4 under its old name and 0 lines changed under its new one.
    assert dict(churn.rows()) == {
        "m1.py": 7, "m2.py": 7, "m3.py": 6, "m4.py": 4, "m5.py": 4, "m6.py": 4, "pkg4.py": 0,
    }  # fmt: skip
    names = read_commits(repo.git_dir, commits)["author_name_raw"].to_list()
    assert names == ["Ann", "Bob", "Bob", "Bob", "Cy", "Cy", "Ann"]


def test_headers_and_messages_are_what_git_prints(tmp_path: Path) -> None:
    repo = Repo(tmp_path)
    messages = [
        "One line",
        "\n\n  Led by blanks\nand folded  \n\n\nBody\n\nmore\n\n",
        "Windows\r\nline\r\n\r\nbody\r\n",
        "Blank with spaces\n \t \nbody",
        "",
        "\n\n",
        "Ünïcode ✓\n\nbody",
    ]
    for message in messages:
        repo.commit({}, message, BOB, "2024-03-01T10:00:00-07:30", committer=ANN, committed=1_700_000_000)
    commits = reachable(repo.git_dir, repo.head())

    frame = read_commits(repo.git_dir, commits)

    for place, commit in enumerate(commits):
        printed = repo.run_bytes("log", "-1", "--format=%s%x00%b%x00%at%x00%ct", commit).decode().split("\0")
        row = frame.row(place, named=True)
        assert [row["subject"], row["body"]] == [printed[0], printed[1].rstrip("\n")]
        assert [row["authored_at"].timestamp(), row["committed_at"].timestamp()] == [
            int(printed[2]),
            int(printed[3]),
        ]
    assert frame["author_offset"].to_list() == [-450] * len(messages)
    assert frame.row(1, named=True)["parents"] == [commits[0]]
    assert frame.row(0, named=True) | {"subject": ""} == {
        "commit": commits[0],
        "parents": [],
        "author_name_raw": "Bob Baker",
        "author_email_raw": "bob@example.com",
        "authored_at": datetime(2024, 3, 1, 17, 30, tzinfo=UTC),
        "author_offset": -450,
        "committer_name_raw": "Ann Archer",
        "committer_email_raw": "ann@example.com",
        "committed_at": datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC),
        "committer_offset": 0,
        "subject": "",
        "body": "",
    }


@pytest.mark.parametrize(
    ("encoding", "raw", "text"),
    [
        ("ISO-8859-1", b"Gr\xfc\xdfe", "Grüße"),
        ("CP1251", "Привет".encode("cp1251"), "Привет"),
        ("no-such-encoding", b"Gr\xfc", "Gr\ufffd"),
        ("punycode", b"plain", "plain"),
        ("utf-7", b"+2AE-", "+2AE-"),
        (None, b"Gr\xfc", "Gr\ufffd"),
    ],
)
def test_the_encoding_header_is_honoured(tmp_path: Path, encoding: str | None, raw: bytes, text: str) -> None:
    repo = Repo(tmp_path)
    repo.commit({}, raw + b"\n\n" + raw, b"J " + raw + b" <j@example.com>", encoding=encoding)

    row = read_commits(repo.git_dir, [repo.head()]).row(0, named=True)

    assert (row["subject"], row["body"], row["author_name_raw"]) == (text, text, f"J {text}")


@pytest.mark.parametrize(
    ("author", "name", "email", "at", "offset"),
    [
        ("A <a@x> 0 +0000", "A", "a@x", 0, 0),
        ("A <a@x> -86400 +0000", "A", "a@x", -86_400, 0),
        ("A <a@x> 4294967296 +1400", "A", "a@x", 4_294_967_296, 840),
        ("A <a@x> 99999999999999999999 +0000", "A", "a@x", 1_000, 0),
        ("A <a@x> 999999999999 +9999", "A", "a@x", 1_000, 0),
        ("A <a@x>", "A", "a@x", 1_000, 0),
        ("A B <a@x> 5", "A B", "a@x", 5, 0),
        ("<a@x> 5 +0100", "", "a@x", 5, 60),
        ("A <> 5 -0030", "A", "", 5, -30),
        ("A <a@x>> 5 +0100", "A", "a@x", 5, 60),
        ("nobody at all", "", "", 1_000, 0),
        ("", "", "", 1_000, 0),
    ],
)
def test_broken_author_lines_keep_what_can_be_read(
    tmp_path: Path, author: str, name: str, email: str, at: int, offset: int
) -> None:
    repo = Repo(tmp_path)
    repo.commit({"a": "1\n"})
    tree = repo.run("rev-parse", "main^{tree}")
    commit = write_object(repo, f"tree {tree}\nauthor {author}\ncommitter C <c@x> 1000 +0000\n\nHi\n")

    row = read_commits(repo.git_dir, [commit]).row(0, named=True)

    assert (row["author_name_raw"], row["author_email_raw"]) == (name, email)
    assert (row["authored_at"].timestamp(), row["author_offset"]) == (at, offset)


def test_a_commit_without_any_time_is_of_1970_and_nul_bytes_do_no_harm(tmp_path: Path) -> None:
    repo = Repo(tmp_path)
    repo.commit({"a": "1\n"})
    tree = repo.run("rev-parse", "main^{tree}")
    commit = write_object(repo, f"tree {tree}\nauthor A\ncommitter C\n\nHi\0there")
    bare = write_object(repo, f"tree {tree}\n")

    rows = read_commits(repo.git_dir, [commit, bare]).rows(named=True)

    assert [row["committed_at"] for row in rows] == [datetime(1970, 1, 1, tzinfo=UTC)] * 2
    assert [row["subject"] for row in rows] == ["Hi\ufffdthere", ""]


def test_a_missing_blob_is_told_by_its_name(tmp_path: Path) -> None:
    repo = Repo(tmp_path)
    repo.commit({"a": "one\n"})
    repo.commit({"a": "two\n"})
    blob = repo.run("rev-parse", "main:a")
    loose(repo, blob).unlink()

    with pytest.raises(SourceDamaged) as told:
        read_changes(repo.git_dir, reachable(repo.git_dir, repo.head()))

    assert told.value.details["object"] == blob
    assert blob in told.value.message


def test_a_corrupt_blob_is_told(tmp_path: Path) -> None:
    repo = Repo(tmp_path)
    repo.commit({"a": "one\n"})
    blob = repo.run("rev-parse", "main:a")
    loose(repo, blob).chmod(0o644)
    loose(repo, blob).write_bytes(b"nonsense")

    with pytest.raises(SourceDamaged, match=blob):
        read_changes(repo.git_dir, [repo.head()])


def test_a_commit_that_is_cut_on_disk_is_told(tmp_path: Path) -> None:
    repo = Repo(tmp_path)
    broken = repo.commit({}, random.Random(1).randbytes(100_000).hex())
    content = loose(repo, broken).read_bytes()
    loose(repo, broken).chmod(0o644)
    loose(repo, broken).write_bytes(content[: len(content) // 2])

    for read in (read_commits, read_changes):
        with pytest.raises(SourceDamaged, match=broken):
            read(repo.git_dir, [broken])


def test_long_histories_of_long_messages_are_read_in_chunks(tmp_path: Path) -> None:
    repo = Repo(tmp_path)
    for number in range(3):
        repo.commit({}, f"{number}\n\n" + "x" * 3_000_000)

    frame = read_commits(repo.git_dir, reachable(repo.git_dir, repo.head()))

    assert frame["subject"].to_list() == ["0", "1", "2"]
    assert frame["body"].str.len_bytes().to_list() == [MAX_MESSAGE_BYTES - 3] * 3


def test_a_missing_commit_is_told_by_every_reader(tmp_path: Path) -> None:
    repo = Repo(tmp_path)
    lost = repo.commit({"a": "one\n"})
    repo.commit({"a": "two\n"})
    commits = reachable(repo.git_dir, repo.head())
    loose(repo, lost).unlink()

    for read in (read_commits, read_changes):
        with pytest.raises(SourceDamaged, match=lost):
            read(repo.git_dir, commits)
    with pytest.raises(SourceDamaged, match=lost):
        reachable(repo.git_dir, repo.head())


def test_a_blob_is_no_commit(tmp_path: Path) -> None:
    repo = Repo(tmp_path)
    repo.commit({"a": "one\n"})
    blob = repo.run("rev-parse", "main:a")

    with pytest.raises(SourceDamaged, match="not a commit"):
        read_commits(repo.git_dir, [blob])
    with pytest.raises(SourceDamaged, match=blob):
        read_changes(repo.git_dir, [blob])


def test_what_progress_raises_ends_git_and_passes_on(tmp_path: Path) -> None:
    repo = hostile(tmp_path)
    commits = reachable(repo.git_dir, repo.head())

    def cancel(done: int, total: int) -> None:
        raise AnalysisCancelled("Somebody cancelled the job.")

    for read in (read_commits, read_changes):
        with pytest.raises(AnalysisCancelled):
            read(repo.git_dir, commits, cancel)


def test_a_reader_may_stop_in_the_middle(tmp_path: Path) -> None:
    repo = hostile(tmp_path)
    commits = reachable(repo.git_dir, repo.head())
    batches = stream_changes(repo.git_dir, commits)

    places, frame = next(batches)
    batches.close()

    assert set(frame["commit"]) <= set(commits[places.start : places.stop])
    assert frame.schema == RAW_CHANGES
