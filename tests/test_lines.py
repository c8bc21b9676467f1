"""Owners of lines, held against ``git blame`` on what is hard for it and for us."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from gitinsight.domain.survival import half_life, survival
from gitinsight.git.history import MirrorHistory
from gitinsight.git.hunks import read_hunks
from gitinsight.git.lines import LINES, line_history
from gitinsight.git.lives import lives, overwrites
from gitinsight.git.log import RAW_CHANGES, reachable, read_commits
from tests.blaming import blamed, ours
from tests.repositories import BOB, EXECUTABLE, LINK, SUBMODULE, Repo, demo

NOW = datetime(2024, 6, 1, 12, tzinfo=UTC)

TEXT = "".join(f"line {number}\n" for number in range(40))
OTHER = "".join(f"another {number}\n" for number in range(40))


def edited(text: str, **lines: str | None) -> str:
    """The text with lines replaced, or deleted, by number: ``edited(text, l3="new")``."""
    rows: list[str | None] = list(text.splitlines(keepends=True))
    for name, line in lines.items():
        rows[int(name[1:])] = None if line is None else f"{line}\n"
    return "".join(row for row in rows if row is not None)


def history_of(repo: Repo) -> MirrorHistory:
    ids = reachable(repo.git_dir, repo.head())
    commits = read_commits(repo.git_dir, ids)
    return MirrorHistory(
        repo.git_dir, "x", repo.head(), NOW, commits=commits.lazy(), changes=RAW_CHANGES.to_frame().lazy()
    )


def merges_of_two_sides(repo: Repo) -> None:
    base = repo.commit({"a": TEXT, "b": TEXT})
    left = repo.commit({"a": edited(TEXT, l3="left")})
    right = repo.commit({"a": edited(TEXT, l30="right"), "b": OTHER}, branch="side", parents=[base])
    merge = repo.commit({"a": edited(TEXT, l3="left", l30="right"), "b": OTHER}, parents=[left, right])
    repo.commit({"a": edited(TEXT, l3="left", l30="right", l10=None)}, parents=[merge])


def evil_merge(repo: Repo) -> None:
    base = repo.commit({"a": TEXT})
    left = repo.commit({"a": edited(TEXT, l3="left")})
    right = repo.commit({"a": edited(TEXT, l30="right"), "gone": OTHER}, branch="side", parents=[base])
    evil = edited(TEXT, l3="left", l30="right", l20="evil", l5=None)
    repo.commit({"a": evil, "new": "from nowhere\n"}, parents=[left, right])


def same_content_on_both_sides(repo: Repo) -> None:
    base = repo.commit({"a": TEXT})
    left = repo.commit({"a": edited(TEXT, l3="same"), "new": OTHER})
    right = repo.commit({"a": edited(TEXT, l3="same"), "new": OTHER}, branch="side", parents=[base])
    merge = repo.commit({}, parents=[right, left])
    repo.commit({"a": edited(TEXT, l3="same", l4="x"), "new": OTHER + "x\n"}, parents=[merge, left])


def criss_cross(repo: Repo) -> None:
    base = repo.commit({"a": TEXT})
    left = repo.commit({"a": edited(TEXT, l3="left")})
    right = repo.commit({"a": edited(TEXT, l30="right")}, branch="side", parents=[base])
    both = edited(TEXT, l3="left", l30="right")
    one = repo.commit({"a": both}, parents=[left, right])
    two = repo.commit({"a": both + "more\n"}, branch="side", parents=[right, left])
    repo.commit({"a": edited(both, l12="last") + "more\n"}, parents=[one, two])


def octopus(repo: Repo) -> None:
    base = repo.commit({"a": TEXT, **{f"f{side}": TEXT for side in range(66)}})
    tips = [
        repo.commit(
            {
                f"f{side}": edited(TEXT, **{f"l{side % 40}": f"side {side}"}),
                "a": edited(TEXT, l0=f"of {side}"),
            },
            branch=f"side{side}",
            parents=[base],
        )
        for side in range(65)
    ]
    files = {f"f{side}": edited(TEXT, **{f"l{side % 40}": f"side {side}"}) for side in range(65)}
    files["f7"] += "evil\n"
    repo.commit({**files, "a": edited(TEXT, l0="of 9", l1="of nobody")}, parents=[base, *tips])


def octopus_of_three_with_a_mode(repo: Repo) -> None:
    base = repo.commit({"a": TEXT, "b": OTHER})
    one = repo.commit({"a": (EXECUTABLE, edited(TEXT, l1="one"))}, branch="one", parents=[base])
    two = repo.commit({"b": edited(OTHER, l1="two")}, branch="two", parents=[base])
    files = {"a": edited(TEXT, l1="one"), "b": (EXECUTABLE, edited(OTHER, l1="two"))}
    repo.commit(files, parents=[base, one, two])


def orphans_joined(repo: Repo) -> None:
    repo.commit({"a": TEXT})
    orphan = repo.commit({"b": OTHER, "a": edited(TEXT, l3="orphan")}, branch="orphan", parents=[])
    repo.commit({"b": OTHER, "a": edited(TEXT, l3="orphan", l9="join")}, parents=[repo.head(), orphan])


def rename_on_one_side(repo: Repo) -> None:
    base = repo.commit({"old": TEXT, "other": OTHER})
    left = repo.commit({"old": edited(TEXT, l3="left")})
    right = repo.commit({"old": None, "new": edited(TEXT, l30="moved")}, branch="side", parents=[base])
    both = edited(TEXT, l3="left", l30="moved")
    merge = repo.commit({"old": None, "new": both}, parents=[left, right])
    repo.commit({"new": edited(both, l8="later")}, parents=[merge])


def rename_in_the_merge_itself(repo: Repo) -> None:
    base = repo.commit({"old": TEXT})
    left = repo.commit({"old": edited(TEXT, l3="left")})
    right = repo.commit({"x": "1\n"}, branch="side", parents=[base])
    repo.commit({"old": None, "dir/new": edited(TEXT, l3="left"), "x": "1\n"}, parents=[right, left])


def renamed_differently(repo: Repo) -> None:
    base = repo.commit({"old": TEXT})
    left = repo.commit({"old": None, "left": edited(TEXT, l3="left")})
    right = repo.commit({"old": None, "right": edited(TEXT, l30="right")}, branch="side", parents=[base])
    files = {"left": None, "both": edited(TEXT, l3="left", l30="right"), "right": edited(TEXT, l30="right")}
    repo.commit(files, parents=[left, right])


def two_files_from_one(repo: Repo) -> None:
    repo.commit({"all.c": TEXT, "rest": "x\n"})
    parts = {"one.c": edited(TEXT, l1="one"), "two.c": edited(TEXT, l2="two"), "three.c": TEXT}
    repo.commit({"all.c": None, **parts})


def a_better_source_is_taken(repo: Repo) -> None:
    close = edited(TEXT, l1="a", l2="b", l3="c")
    repo.commit({"p/x": TEXT, "q/y": edited(TEXT, l20="u", l21="v", l22="w", l23="x", l24="y")})
    repo.commit({"p/x": None, "q/y": None, "m": close, "n": edited(TEXT, l5="z")})


def same_names_in_other_folders(repo: Repo) -> None:
    folders = {f"{name}/__init__.py": edited(TEXT, **{f"l{at}": name}) for at, name in enumerate("abcdef")}
    repo.commit(folders)
    gone = dict.fromkeys(folders)
    moved = {f"src/{name}": edited(str(text), l30="moved") for name, text in folders.items()}
    repo.commit({**gone, **moved, "src/g/__init__.py": edited(TEXT, l7="new")})


def copies_are_new(repo: Repo) -> None:
    repo.commit({"a": TEXT})
    repo.commit({"b": TEXT, "a": edited(TEXT, l3="x")})


def swapped_and_reverted(repo: Repo) -> None:
    repo.commit({"a": TEXT, "b": OTHER})
    repo.commit({"a": OTHER, "b": TEXT})
    repo.commit({"a": TEXT, "b": OTHER})
    repo.commit({"a": edited(TEXT, l3=None, l9="x")})
    repo.commit({"a": TEXT})


def ends_of_files(repo: Repo) -> None:
    repo.commit({"a": "one\ntwo", "b": "", "c": "a\r\nb\r\n", "d": "\n\n\n", "e": "x"})
    repo.commit({"a": "one\ntwo\n", "b": "now\n", "c": "a\nb\r\n", "d": "\n\n\n\n", "e": "x\ny"})
    repo.commit({"a": "one\ntwo\nthree", "b": "", "c": "a\nb\n", "d": "", "e": "y"})
    repo.commit({"b": "again", "d": "\n"})


def types_change(repo: Repo) -> None:
    first = repo.commit({"a": TEXT, "b": (LINK, "a"), "c": TEXT, "dir": TEXT, "m": (EXECUTABLE, TEXT)})
    repo.commit({"a": (LINK, "c"), "b": TEXT, "c": (SUBMODULE, first), "dir": None, "dir/f": TEXT, "m": TEXT})
    repo.commit({"a": TEXT, "c": TEXT, "dir/f": None, "dir": edited(TEXT, l2="x"), "m": (EXECUTABLE, OTHER)})


def modes_in_merges(repo: Repo) -> None:
    base = repo.commit({"a": TEXT})
    left = repo.commit({"a": (EXECUTABLE, edited(TEXT, l3="same"))})
    right = repo.commit({"a": edited(TEXT, l3="same")}, branch="side", parents=[base])
    merge = repo.commit({"a": edited(TEXT, l3="same")}, parents=[left, right])
    repo.commit({"a": (EXECUTABLE, edited(TEXT, l3="same"))}, parents=[merge, base])


def binary_for_a_while(repo: Repo) -> None:
    repo.commit({"a": TEXT, "b": "\0" + TEXT, "c": "\0" + OTHER, "d": "\0a\nb\n"})
    repo.commit({"a": edited(TEXT, l3="\0"), "b": "\0" + edited(TEXT, l3="x"), "c": "\0" + OTHER + "y\n"})
    repo.commit({"a": edited(TEXT, l3="\0", l9="while binary"), "b": edited(TEXT, l3="x")})
    repo.commit({"a": edited(TEXT, l3="text", l9="while binary"), "b": edited(TEXT, l3="x", l4="y")})


def binary_in_a_merge(repo: Repo) -> None:
    base = repo.commit({"a": TEXT})
    left = repo.commit({"a": "\0\n" + TEXT})
    right = repo.commit({"a": edited(TEXT, l30="right")}, branch="side", parents=[base])
    repo.commit({"a": edited(TEXT, l30="right", l2="merge")}, parents=[left, right])


def hostile_names(repo: Repo) -> None:
    names = [
        b"caf\xe9.txt",
        'new\nline\ttab "quote"',
        b"end \xff\n",
        "back\\slash",
        "-dash",
        "héllo/wörld",
        ":x",
    ]
    repo.commit(dict.fromkeys(names, TEXT))
    repo.commit({name: edited(TEXT, l3="x") for name in names})
    repo.commit({b"caf\xe9.txt": None, b"caf\xe8\n.txt": edited(TEXT, l3="x", l5="y"), "héllo/wörld": None})


def lines_that_look_like_a_diff(repo: Repo) -> None:
    odd = "@@ -1,2 +3,4 @@\ndiff --git a/x b/x\n:100644 x\n" + "0" * 40 + "\nBinary files a and b differ\n\n"
    repo.commit({"a": odd, "b": TEXT})
    repo.commit({"a": odd.replace("\n", "\n@@ -9 +9 @@\n"), "b": odd + "\r" + odd})
    repo.commit({"a": "\n" + odd, "b": "x" * 3_000_000 + "\n" + odd})


def nothing_but_merges_and_empty_commits(repo: Repo) -> None:
    base = repo.commit({})
    side = repo.commit({}, branch="side", parents=[])
    repo.commit({"a": TEXT}, parents=[base, side])


CASES: list[Callable[[Repo], None]] = [
    merges_of_two_sides, evil_merge, same_content_on_both_sides, criss_cross, octopus,
    octopus_of_three_with_a_mode, orphans_joined, rename_on_one_side, rename_in_the_merge_itself,
    renamed_differently, two_files_from_one, a_better_source_is_taken, same_names_in_other_folders,
    copies_are_new, swapped_and_reverted, ends_of_files, types_change, modes_in_merges,
    binary_for_a_while, binary_in_a_merge, hostile_names, lines_that_look_like_a_diff,
    nothing_but_merges_and_empty_commits,
]  # fmt: skip


@pytest.mark.parametrize("build", CASES, ids=lambda build: build.__name__)
@pytest.mark.parametrize("object_format", ["sha1", "sha256"])
def test_each_line_has_the_commit_that_blame_names(
    tmp_path: Path, build: Callable[[Repo], None], object_format: str
) -> None:
    repo = Repo(tmp_path, object_format=object_format)
    build(repo)

    assert ours(repo.git_dir, repo.head()) == blamed(repo.git_dir, repo.head())


def test_the_frame_of_lines_counts_by_file_and_commit(tmp_path: Path) -> None:
    repo = Repo(tmp_path)
    first = repo.commit({"a": "1\n2\n3\n", b"\xff": "1\n", "link": (LINK, "a"), "bin": b"\0\n", "empty": ""})
    second = repo.commit({"a": "1\nnew\n3\n"}, author=BOB)

    lines = history_of(repo).lines

    assert lines.schema == LINES
    assert lines.rows() == [
        ("a", None, first, "Ann Archer", "ann@example.com", 2, False, False),
        ("a", None, second, "Bob Baker", "bob@example.com", 1, False, False),
        ("\ufffd", b"\xff", first, "Ann Archer", "ann@example.com", 1, False, False),
    ]


def test_the_demo_repository_has_its_known_owners(tmp_path: Path) -> None:
    # The six files began with four lines each; Bob and Cy added theirs and removed none.
    lines = history_of(demo(tmp_path)).lines
    owned = lines.group_by("author_email").agg(pl.col("lines").sum()).sort("author_email")

    assert owned.rows() == [("ann@a.io", 24), ("bob@b.io", 6), ("cy@c.io", 2)]


def test_the_burndown_has_what_was_alive_at_the_end_of_each_month(tmp_path: Path) -> None:
    repo = Repo(tmp_path)
    repo.commit({"a": "1\n2\n3\n"}, date="2023-12-30T12:00:00+00:00")
    base = repo.commit({"b": "1\n"}, author=BOB, date="2024-01-05T12:00:00+00:00")
    side = repo.commit(
        {"c": "1\n2\n"}, author=BOB, date="2024-01-06T12:00:00+00:00", branch="s", parents=[base]
    )
    main = repo.commit({"a": "1\n"}, date="2024-01-07T12:00:00+00:00", parents=[base])
    repo.commit({"c": "1\n2\n"}, date="2024-03-01T12:00:00+00:00", parents=[main, side])

    burndown = history_of(repo).line_history.burndown

    def month(year: int, number: int) -> datetime:
        return datetime(year, number, 1, tzinfo=UTC)

    assert burndown.sort("at", "cohort", "author").rows() == [
        (month(2023, 12), "2023", "Ann Archer", 3),
        (month(2024, 1), "2023", "Ann Archer", 1),
        (month(2024, 1), "2024", "Bob Baker", 1),
        (month(2024, 3), "2023", "Ann Archer", 1),
        (month(2024, 3), "2024", "Bob Baker", 3),
    ]


def test_one_wrong_clock_does_not_move_the_months_after_it(tmp_path: Path) -> None:
    repo = Repo(tmp_path)
    repo.commit({"a": "1\n"}, date="2024-01-10T12:00:00+00:00")
    repo.commit({"a": "1\n2\n"}, date="2024-01-11T12:00:00+00:00", committed="2106-01-01T12:00:00+00:00")
    repo.commit({"a": "1\n2\n3\n"}, date="2024-03-10T12:00:00+00:00")
    with history_of(repo) as history:
        alive = history.line_history.burndown.group_by("at").agg(pl.col("lines").sum()).sort("at")
    assert [(at.month, lines) for at, lines in alive.rows()] == [(1, 2), (3, 3)]


def test_cohorts_may_be_quarters(tmp_path: Path) -> None:
    repo = Repo(tmp_path)
    repo.commit({"a": "1\n"}, date="2024-05-30T12:00:00+00:00")
    commits = history_of(repo).commits

    history = line_history(repo.git_dir, repo.head(), commits, cohort="quarter")

    assert history.burndown["cohort"].to_list() == ["2024-Q2"]


def test_lives_overwrites_and_survival_add_up(tmp_path: Path) -> None:
    repo = Repo(tmp_path)
    repo.commit({"a": "1\n2\n3\n4\n"}, date="2024-01-01T12:00:00+00:00")
    repo.commit({"a": "1\n2\nx\ny\n"}, author=BOB, date="2024-01-11T12:00:00+00:00")
    repo.commit({"a": "1\n2\nz\n"}, date="2024-01-31T12:00:00+00:00")
    with history_of(repo) as history:
        found = lives(history.line_history, history.commits, NOW)

        # Two lines died after 10 days, two after 20; two are alive at 152 days and one at 122.
        assert found.select("order", "age_days", "lines", "died").rows() == [
            (0, 10, 2, True),
            (0, 152, 2, False),
            (1, 20, 2, True),
            (2, 122, 1, False),
        ]
        assert overwrites(history.line_history, history.commits).rows() == [
            ("Ann Archer", "Bob Baker", 2),
            ("Bob Baker", "Ann Archer", 2),
        ]
        assert [(step.age_days, step.at_risk, step.died) for step in survival(found)] == [
            (10, 7, 2),
            (20, 5, 2),
        ]
        assert half_life(survival(found)) == 20


def test_a_line_that_two_branches_removed_dies_once(tmp_path: Path) -> None:
    repo = Repo(tmp_path)
    base = repo.commit({"a": "1\n2\n"}, date="2024-01-01T12:00:00+00:00")
    left = repo.commit({"a": "1\n"}, date="2024-01-05T12:00:00+00:00")
    right = repo.commit({"a": "1\n"}, date="2024-01-09T12:00:00+00:00", branch="side", parents=[base])
    repo.commit({"a": "1\n"}, date="2024-01-10T12:00:00+00:00", parents=[left, right])
    with history_of(repo) as history:
        found = lives(history.line_history, history.commits, NOW)

    assert found.filter("died").select("age_days", "lines").rows() == [(4, 1)]


def test_ignored_commits_pass_lines_on_one_to_one(tmp_path: Path) -> None:
    repo = Repo(tmp_path)
    first = repo.commit({"a": "a\nb\nc\n"})
    style = repo.commit({"a": "A\nB\nc\nd\n"}, author=BOB)
    commits = history_of(repo).commits

    history = line_history(repo.git_dir, repo.head(), commits, ignored=[style])

    assert history.lines.select("commit", "lines").rows() == [(first, 3), (style, 1)]


def test_stored_hunks_need_no_git_diff_again(tmp_path: Path) -> None:
    repo = Repo(tmp_path)
    criss_cross(repo)
    commits = history_of(repo).commits
    known = dict(commits.select("commit", "parents").rows())
    half = len(known) // 2
    parts = [dict(list(known.items())[start : start + half]) for start in range(0, len(known), half)]
    stored = pl.concat([read_hunks(repo.git_dir, part) for part in reversed(parts)])

    history = line_history(repo.git_dir, repo.head(), commits, stored)

    assert history.lines.equals(history_of(repo).lines)


def test_hunks_of_other_commits_are_refused(tmp_path: Path) -> None:
    repo = Repo(tmp_path)
    first = repo.commit({"a": TEXT})
    repo.commit({"b": OTHER})
    commits = history_of(repo).commits

    with pytest.raises(ValueError, match="do not lead to the files"):
        line_history(repo.git_dir, repo.head(), commits, read_hunks(repo.git_dir, {first: []}))
