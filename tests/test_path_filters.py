"""Histories kept to some paths, held against git with the same pathspecs."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from gitinsight.domain.paths import EVERYTHING, LONGEST_PATTERN, PathFilter, problem_with
from gitinsight.git.history import MirrorHistory
from gitinsight.git.log import reachable, read_changes, read_commits
from gitinsight.git.scope import pathspecs
from tests.blaming import blamed
from tests.repositories import ANN, BOB, LINK, Repo

NOW = datetime(2025, 1, 1, tzinfo=UTC)
TEXT = "".join(f"line {number}\n" for number in range(30))

FILTERS = [
    PathFilter(("src",)),
    PathFilter(("src/",)),
    PathFilter(("src/a.py",)),
    PathFilter(("*.py",)),
    PathFilter(("src/*",), ("*.min.js",)),
    PathFilter((), ("vendor",)),
    PathFilter((), ("*.js", "docs/")),
    PathFilter(("docs", "src"), ("src/deep",)),
    PathFilter(("app/[slug]",)),
    PathFilter(("app/[slug]/*.py",)),
    PathFilter(("s*/d*p/*",)),
    PathFilter(("sr",)),
    PathFilter(("caf\N{LATIN SMALL LETTER E WITH ACUTE}",)),
    PathFilter(("a?c",)),
    PathFilter(("*?c",)),
    PathFilter(("back\\slash*",)),
    PathFilter((":magic",)),
    PathFilter((":*",)),
    PathFilter(("two words",)),
    PathFilter(("nothing",)),
]


@pytest.fixture(scope="module")
def repo(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    """Files inside and outside of each filter, renamed across its border, on branches that are merged."""
    repo = Repo(tmp_path_factory.mktemp("repo"))
    odd = {
        "app/[slug]/page.py": TEXT,
        "app/s/page.py": TEXT,
        "caf\N{LATIN SMALL LETTER E WITH ACUTE}/x.py": "x\n",
        "a?c": "1\n",
        "abc": "2\n",
        "back\\slash.py": "3\n",
        ":magic/x": "4\n",
        "two words/x": "5\n",
        "src\nline.py": "6\n",
    }
    repo.commit({"src/a.py": TEXT, "docs/a.md": TEXT.upper(), "top.py": "top\n"}, author=ANN)
    repo.commit(odd, author=BOB)
    base = repo.commit({"src/deep/b.py": TEXT.replace("line", "deep"), "vendor/x.js": "x\n"}, author=BOB)
    left = repo.commit({"src/a.py": TEXT + "left\n", "src/c.min.js": "c\n"}, author=ANN)
    right = repo.commit({"docs/a.md": TEXT.upper() + "R\n"}, branch="side", parents=[base], author=BOB)
    merge = repo.commit({"docs/a.md": TEXT.upper() + "R\n"}, parents=[left, right])
    # Out of the folder, back into another one with changes, and two at once in one commit.
    repo.commit({"src/deep/b.py": None, "other/b.py": TEXT.replace("line", "deep") + "out\n"}, author=BOB)
    repo.commit({"top.py": None, "src/top.py": "top\n", "src/a.py": TEXT + "left\nmore\n"}, author=ANN)
    repo.commit({"other/b.py": None, "src/b.py": TEXT.replace("line", "deep") + "out\nin\n"}, author=BOB)
    side = repo.commit({"vendor/y.js": "y\n"}, branch="idle", parents=[merge], author=ANN)
    repo.commit({"vendor/y.js": "y\n", "docs/link": (LINK, "a.md")}, parents=[repo.head(), side], author=ANN)
    repo.commit({"src/bin": b"\0\1\2", "docs/empty": ""}, author=BOB)
    changed = TEXT.replace("line 1\n", "other\n").replace("line", "deep") + "out\nin\n"
    repo.commit({"src/b.py": changed, "docs/a.md": TEXT.upper()}, author=ANN)
    return repo


def history_of(repo: Repo, paths: PathFilter = EVERYTHING) -> MirrorHistory:
    ids = reachable(repo.git_dir, repo.head())
    commits, changes = read_commits(repo.git_dir, ids), read_changes(repo.git_dir, ids)
    return MirrorHistory(
        repo.git_dir, "x", repo.head(), NOW, commits=commits.lazy(), changes=changes.lazy(), paths=paths
    )


def listed(repo: Repo, *arguments: str, paths: PathFilter) -> list[str]:
    return repo.run(*arguments, "--", *pathspecs(paths)).split("\n")


@pytest.mark.parametrize("paths", FILTERS, ids=str)
def test_the_commits_and_their_parents_are_those_of_git(repo: Repo, paths: PathFilter) -> None:
    told = listed(
        repo,
        "rev-list",
        "--topo-order",
        "--full-history",
        "--simplify-merges",
        "--parents",
        "HEAD",
        paths=paths,
    )
    with history_of(repo, paths) as history:
        rows = history.commits.select("commit", "parents", "order").rows()
    assert [" ".join((commit, *parents)) for commit, parents, _ in reversed(rows)] == [t for t in told if t]
    assert [order for *_, order in rows] == list(range(len(rows)))


@pytest.mark.parametrize("paths", FILTERS, ids=str)
def test_what_is_no_merge_is_each_commit_that_git_shows_for_these_paths(
    repo: Repo, paths: PathFilter
) -> None:
    told = listed(repo, "log", "--format=%H", "--full-history", "--no-merges", "HEAD", paths=paths)
    with history_of(repo, paths) as history:
        ours = history.commits.filter(~pl.col("is_merge"))["commit"].to_list()
        changed = set(history.changes["commit"])
    assert sorted(ours) == sorted(commit for commit in told if commit)
    assert changed == set(ours)


@pytest.mark.parametrize("paths", FILTERS, ids=str)
def test_the_lines_added_and_deleted_are_those_of_git(repo: Repo, paths: PathFilter) -> None:
    told = repo.run_bytes(
        *("log", "-z", "--numstat", "-M", "--full-history", "--no-merges", "--format=", "HEAD", "--"),
        *pathspecs(paths),
    )
    counts = Counter(
        tuple(field.split(b"\t")[:2]) for field in told.lstrip(b"\0").split(b"\0") if field.count(b"\t") == 2
    )
    with history_of(repo, paths) as history:
        rows = history.changes.select("added", "deleted").rows()
    ours = Counter(tuple(b"-" if n is None else str(n).encode() for n in row) for row in rows)
    assert ours == counts


@pytest.mark.parametrize("paths", FILTERS, ids=str)
def test_the_files_are_those_of_git_at_head_and_before(repo: Repo, paths: PathFilter) -> None:
    nothing = repo.run("mktree")
    with history_of(repo, paths) as history:
        for name in ("HEAD", "HEAD~3"):
            commit = repo.run("rev-parse", name)
            told = repo.run_bytes(
                *("diff-tree", "-r", "-z", "--name-only", nothing, commit, "--"), *pathspecs(paths)
            )
            files = [file.path for file in history.files(commit)]
            assert files == sorted(name.decode() for name in told.split(b"\0") if name)


@pytest.fixture(scope="module")
def owners(repo: Repo) -> dict[str, list[str]]:
    """The commit of each line at head, by ``git blame``."""
    return {path.decode(): commits for path, commits in blamed(repo.git_dir, repo.head()).items()}


@pytest.mark.parametrize("paths", FILTERS, ids=str)
def test_the_owners_of_lines_are_those_of_blame_wherever_the_lines_came_from(
    repo: Repo, owners: dict[str, list[str]], paths: PathFilter
) -> None:
    with history_of(repo, paths) as history:
        ours = {(path, commit): lines for path, commit, lines in _line_counts(history.lines)}
        inside = [file.path for file in history.files() if file.path in owners]
    assert ours == {
        (path, commit): lines for path in inside for commit, lines in Counter(owners[path]).items()
    }


def _line_counts(lines: pl.DataFrame) -> list[tuple[str, str, int]]:
    return lines.select("path", "commit", "lines").rows()


def test_what_does_not_pass_is_not_read_either(repo: Repo) -> None:
    with history_of(repo, PathFilter(("src",))) as history:
        assert history.read("src/a.py") == (TEXT + "left\nmore\n").encode()
        with pytest.raises(KeyError):
            history.read("docs/a.md")
        head = repo.head()
        found = history.blob_ids([(head, "src/a.py"), (head, "docs/a.md")])
        assert found[0] is not None
        assert found[1] is None


def test_own_work_is_counted_within_the_paths_only(repo: Repo) -> None:
    paths = PathFilter(("src",))
    with history_of(repo) as everything, history_of(repo, paths) as history:
        inside = everything.owned_lines.filter(pl.col("path").str.starts_with("src/"))
        assert history.owned_lines.equals(inside)
        alive = history.burndown.filter(pl.col("at") == history.burndown["at"].max())["lines"].sum()
        assert alive == inside["lines"].sum()
        assert set(history.line_lives["order"]) <= set(history.commits["order"])
        assert history.overwrites["lines"].sum() == 1
        assert everything.overwrites["lines"].sum() == 2


def test_without_a_filter_everything_is_as_it_was(repo: Repo) -> None:
    with history_of(repo) as plain, history_of(repo, PathFilter(("*",))) as all_of_it:
        assert not EVERYTHING
        assert plain.changes.drop("order").equals(all_of_it.changes.drop("order"))
        assert plain.lines.equals(all_of_it.lines)
        assert plain.files() == all_of_it.files()


# No name has a star itself: git compares such a folder with the pattern as a text as well.
NAMES = ["a", "b", "ab", "x.y", "é", "[ab]", "c", "-", "]", "a b", "xay", "\\", ":", "?"]
PARTS = ["a", "b", "*", "*", "*", "?", "**", "[ab]", "\\", "é", "[", "-", "x.y", "]", ":", " "]


def test_patterns_mean_what_they_mean_to_git(tmp_path: Path) -> None:
    draw = random.Random(11)
    names = {"/".join(draw.choices(NAMES, k=draw.randint(1, 4))) for _ in range(300)}
    files = sorted(name for name in names if not any(other.startswith(f"{name}/") for other in names))
    repo = Repo(tmp_path)
    repo.commit({name: f"{name}\n" for name in files})
    passing = 0
    for paths in _random_filters(draw, 200):
        told = listed(repo, "log", "--format=", "--name-only", "-z", "main", paths=paths)
        ours = [name for name in files if paths.passes(name)]
        assert ours == sorted(name for name in "\n".join(told).strip("\n").split("\0") if name), paths
        passing += bool(ours) and len(ours) < len(files)
    assert passing > 40, "most filters let some through and some not"


def _random_filters(draw: random.Random, count: int) -> Iterator[PathFilter]:
    while count:
        include, exclude = (
            "/".join("".join(draw.choices(PARTS, k=draw.randint(1, 3))) for _ in range(draw.randint(1, 2)))
            + draw.choice(["", "", "/"])
            for _ in range(2)
        )
        if not problem_with(include) and not problem_with(exclude):
            count -= 1
            yield draw.choice(
                [PathFilter((include,)), PathFilter((), (exclude,)), PathFilter((include,), (exclude,))]
            )


def test_many_stars_cost_no_more_than_a_few() -> None:
    paths = PathFilter(("*a" * (LONGEST_PATTERN // 2),) * 2, ("*a" * 8 + "*b",))

    assert paths.passes("a" * 4000)
    assert not paths.passes("a" * 4000 + "b")
    assert not paths.passes("a" * (LONGEST_PATTERN // 2 - 1) + "c" * 4000)


@pytest.mark.parametrize(
    ("pattern", "problem"),
    [
        ("", "names nothing"),
        (" ", "names nothing"),
        ("/", "names nothing"),
        ("*" * 3, "names nothing"),
        ("/etc", "begins with a slash"),
        ("a//b", "is not written as git"),
        ("../a", "is not written as git"),
        ("a/./b", "is not written as git"),
        ("a\0b", "holds a character"),
        ("a\nb", "holds a character"),
        ("a\ud800", "holds a character"),
        ("a" * (LONGEST_PATTERN + 1), "has more than"),
    ],
)
def test_a_pattern_that_can_mean_no_path_is_told_why(pattern: str, problem: str) -> None:
    assert problem_with(pattern).startswith(problem)


@pytest.mark.parametrize(
    "pattern", ["src", "src/", "*.py", "a b", "app/[id]/*", ":x", "é", "a..b", ".github/"]
)
def test_other_patterns_are_fine(pattern: str) -> None:
    assert problem_with(pattern) == ""
