"""Owners of lines, held against ``git blame`` on what is hard for it and for us."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.blaming import blamed, ours
from tests.repositories import EXECUTABLE, LINK, SUBMODULE, Repo

TEXT = "".join(f"line {number}\n" for number in range(40))
OTHER = "".join(f"another {number}\n" for number in range(40))


def edited(text: str, **lines: str | None) -> str:
    """The text with lines replaced, or deleted, by number: ``edited(text, l3="new")``."""
    rows: list[str | None] = list(text.splitlines(keepends=True))
    for name, line in lines.items():
        rows[int(name[1:])] = None if line is None else f"{line}\n"
    return "".join(row for row in rows if row is not None)


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
