"""What the product reads of a repository beside what git prints of it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from benchmarks import oracle
from gitinsight.git.log import reachable, read_changes, read_commits
from gitinsight.git.source import Source, SourceRules, parse_source
from tests.repositories import Repo

RULES = SourceRules(allow_local_paths=True)


_HEADERS = "%H%x00%P%x00%an%x00%ae%x00%at%x00%cn%x00%ce%x00%ct%x00%s"
_KEPT_YEARS = range(-2_208_988_800, 7_258_118_400)
Row = tuple[str, bytes, str | None, int | None, int | None]


def our_rows(git_dir: Path, commits: list[str]) -> list[Row]:
    """What the product reads: names as bytes, old names as text."""
    columns = ("commit", "path_bytes", "path", "old_path", "added", "deleted")
    return [
        (commit, path.encode() if raw is None else raw, old, added, deleted)
        for commit, raw, path, old, added, deleted in read_changes(git_dir, commits).select(columns).rows()
    ]


def gits_rows(git_dir: Path, head: str) -> list[Row]:
    """The same of what git prints, oldest commit first in topological order."""
    return [
        (commit, path, None if old is None else old.decode("utf-8", "replace"), added, deleted)
        for commit, path, old, added, deleted in oracle.rows(git_dir, head)
    ]


def gits_headers(git_dir: Path, head: str) -> list[list[str]]:
    """For each commit what git prints for each placeholder of ``_HEADERS``."""
    order = (
        "--topo-order",
        "--reverse",
        "--no-patch",
        "-z",
        f"--format=tformat:{_HEADERS}",
        "--encoding=UTF-8",
    )
    fields = (
        oracle.printed(git_dir, "log", *order, "--end-of-options", head)
        .decode("utf-8", "replace")
        .split("\0")
    )
    return [fields[place : place + 9] for place in range(0, len(fields) - 1, 9)]


def differences(git_dir: Path, head: str) -> list[tuple[str, str, object, object]]:
    """Where a header that git could read is not ours: (commit, field, git's, ours)."""
    found: list[tuple[str, str, object, object]] = []
    gits = gits_headers(git_dir, head)
    ours = read_commits(git_dir, [fields[0] for fields in gits]).rows(named=True)
    for (commit, parents, an, ae, at, cn, ce, ct, subject), row in zip(gits, ours, strict=True):
        pairs: list[tuple[str, object, object]] = [("parents", parents.split(), row["parents"])]
        for name, told in (
            ("author_name", an),
            ("author_email", ae),
            ("committer_name", cn),
            ("committer_email", ce),
        ):
            if told:
                pairs.append((name, told.strip(), row[f"{name}_raw"]))
        for name, told in (("authored_at", at), ("committed_at", ct)):
            if told and int(told) in _KEPT_YEARS:
                pairs.append((name, int(told), row[name].timestamp()))
        pairs.append(("subject", subject[: 1 << 18], row["subject"][: 1 << 18]))
        found += [(commit, field, theirs, mine) for field, theirs, mine in pairs if theirs != mine]
    return found


def check(git_dir: Path, head: str) -> int:
    """Hold everything of this history against git; how many rows of changes there were."""
    commits = reachable(git_dir, head)
    rows = gits_rows(git_dir, head)
    assert our_rows(git_dir, commits) == rows
    assert commits == [fields[0] for fields in gits_headers(git_dir, head)]
    assert differences(git_dir, head) == []
    return len(rows)


def local(repo: Repo) -> Source:
    """The repository as an operator names it."""
    return parse_source(str(repo.git_dir), RULES)


def analyze(home: Path, repo: Repo, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """The command line's analysis in a process of its own."""
    own = {"GITINSIGHT_HOME": str(home), "GITINSIGHT_MIN_FREE_BYTES": "0"}
    words = (sys.executable, "-P", "-m", "gitinsight", "analyze", str(repo.git_dir))
    options = ("--analyzers=people,trends", "--format=json", "--quiet")
    return subprocess.run(
        [*words, *options],
        env={**environment, **own},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
