"""What is read of odd repositories, held against git: the same rows and the same headers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from benchmarks import oracle
from gitinsight.errors import SourceDamaged
from gitinsight.git.frames import release_frame
from gitinsight.git.history import MirrorHistory
from gitinsight.git.log import reachable, read_changes, read_commits
from gitinsight.git.mirror import Mirror
from tests.comparison import RULES, analyze, check, gits_headers, gits_rows, local, our_rows
from tests.corpus import EXACT, FORBIDDEN, packed, raw_history
from tests.repositories import Repo

NOW = datetime(2024, 6, 1, tzinfo=UTC)


def pack_refs(repo: Repo, refs: list[tuple[str, str]]) -> None:
    """These (name, id) as all refs of the repository, beside its HEAD."""
    lines = "".join(f"{name} {ref}\n" for ref, name in sorted(refs))
    (repo.git_dir / "packed-refs").write_text(f"# pack-refs with: sorted \n{lines}")


@pytest.mark.parametrize("name", sorted(EXACT.keys() - FORBIDDEN))
def test_a_mirror_of_an_odd_repository_has_gits_own_rows_and_headers(tmp_path: Path, name: str) -> None:
    repo = EXACT[name](tmp_path, "sha1")
    mirror = Mirror(tmp_path / "mirror.git")

    head = mirror.refresh(local(repo), RULES)

    assert head == repo.head()
    changes = check(mirror.path, head)
    commits = reachable(mirror.path, head)
    raw = {
        "commits": read_commits(mirror.path, commits).lazy(),
        "changes": read_changes(mirror.path, commits).lazy(),
    }
    with MirrorHistory(mirror.path, name, head, NOW, **raw) as history:
        assert (history.commits.height, history.changes.height) == (len(commits), changes)
        listed = oracle.printed(mirror.path, "ls-tree", "-r", "-z", head).split(b"\0")[:-1]
        assert len(history.files()) == len([entry for entry in listed if not entry.startswith(b"160000")])


@pytest.mark.parametrize("name", sorted(FORBIDDEN))
def test_what_no_mirror_takes_is_read_as_git_reads_it_and_refused_by_the_mirror(
    tmp_path: Path, name: str
) -> None:
    repo = EXACT[name](tmp_path, "sha1")

    assert check(repo.git_dir, repo.head()) > 0
    with pytest.raises(SourceDamaged, match="git fsck"):
        Mirror(tmp_path / "mirror.git").refresh(local(repo), RULES)


@pytest.mark.parametrize("name", ["names", "octopus", "renames", "submodules", "people"])
def test_long_object_ids_change_nothing(tmp_path: Path, name: str) -> None:
    repo = EXACT[name](tmp_path, "sha256")

    assert check(repo.git_dir, repo.head()) > 0


def test_what_follows_a_nul_byte_is_kept_where_git_stops(tmp_path: Path) -> None:
    repo = Repo(tmp_path)
    person = b"author A\0B <a@x> 5 +0000\ncommitter C <c\0@x> 6 +0000\0\n\n"
    (commit,) = raw_history(repo, [person + b"Subject\0 goes on\n\nBody\0\n"])

    row = read_commits(repo.git_dir, [commit]).row(0, named=True)

    assert gits_headers(repo.git_dir, commit)[0][2] == ""
    assert our_rows(repo.git_dir, [commit]) == gits_rows(repo.git_dir, commit)
    assert (row["author_name_raw"], row["author_email_raw"]) == ("A\ufffdB", "a@x")
    assert (row["committer_name_raw"], row["committer_email_raw"]) == ("C", "c\ufffd@x")
    assert (row["authored_at"].timestamp(), row["committed_at"].timestamp()) == (5, 6)
    assert (row["subject"], row["body"]) == ("Subject\ufffd goes on", "Body\ufffd")


def test_an_encoding_that_does_not_hold_ascii_is_not_believed(tmp_path: Path) -> None:
    repo = Repo(tmp_path)
    person = b"author A <a@x> 5 +0000\ncommitter C <c@x> 6 +0000\n"
    made = raw_history(repo, [person + b"encoding %s\n\nplain\n" % name for name in (b"IBM037", b"UTF-16")])

    rows = read_commits(repo.git_dir, made)

    assert rows["author_name_raw"].to_list() == ["A", "A"]
    assert rows["subject"].to_list() == ["plain", "plain"]


def test_twenty_thousand_branches_and_tags_are_mirrored(tmp_path: Path) -> None:
    repo = packed(tmp_path)
    head = repo.head()
    commits = reachable(repo.git_dir, head)
    ends = [(f"{number:05}", commits[number % len(commits)]) for number in range(10_000)]
    tags = [(f"refs/tags/t{number}", name) for number, name in ends]
    pack_refs(repo, [("refs/heads/main", head), *((f"refs/heads/b{n}", name) for n, name in ends), *tags])
    mirror = Mirror(tmp_path / "mirror.git")

    assert mirror.refresh(local(repo), RULES) == head

    assert check(mirror.path, head) > 0
    assert release_frame(mirror.path, read_commits(mirror.path, commits)).height == 10_000


def test_replaced_and_grafted_commits_are_read_as_they_were_recorded(tmp_path: Path) -> None:
    repo = packed(tmp_path)
    head = repo.head()
    commits = reachable(repo.git_dir, head)
    rows = gits_rows(repo.git_dir, head)
    other = repo.commit({"other": "x\n"}, branch="other", parents=[])
    repo.run("replace", commits[20], other)
    (repo.git_dir / "info").mkdir(exist_ok=True)
    (repo.git_dir / "info" / "grafts").write_text(f"{commits[10]}\n{commits[5]} {other}\n")
    mirror = Mirror(tmp_path / "mirror.git")

    assert mirror.refresh(local(repo), RULES) == head

    assert repo.run("rev-list", "--count", "main") != "30"
    assert reachable(mirror.path, head) == commits
    assert our_rows(mirror.path, commits) == rows


@pytest.mark.parametrize("name", ["names", "people", "octopus"])
def test_an_odd_repository_is_analysed(
    tmp_path: Path, clean_environment: Mapping[str, str], name: str
) -> None:
    repo = EXACT[name](tmp_path, "sha1")

    ended = analyze(tmp_path / "home", repo, clean_environment)

    assert (ended.returncode, ended.stderr) == (0, "")
    told = json.loads(ended.stdout)
    assert (told["head"], told["failures"]) == (repo.head(), [])
