"""The replay of edits, by hand-made histories: commits are places, owners are read off."""

from __future__ import annotations

import pytest

from gitinsight.git.lineage import Edit, Files, Lineage

A, B = b"a", b"b"


def new(lines: int, path: bytes = A) -> Edit:
    """A new file of so many lines."""
    return Edit(0, path, None, [(0, 0, 1, lines)] if lines else [])


def files_at_head(lineage: Lineage, edits: dict[int, list[Edit]]) -> Files:
    files: Files = {}
    for _, files in lineage.replay(sorted(edits.items())):  # noqa: B007 - the last ones are wanted
        pass
    return files


def owners(files: Files, path: bytes = A) -> list[int] | None:
    of_file = files[path]
    return None if of_file is None else list(of_file)


def test_hunks_replace_insert_and_remove_lines() -> None:
    lineage = Lineage([[], [0]])
    hunks = [(1, 1, 1, 2), (3, 2, 3, 0), (5, 0, 4, 1)]

    files = files_at_head(lineage, {0: [new(6)], 1: [Edit(0, A, A, hunks)]})

    # Six lines: the first becomes two, the third and fourth go, one comes after the fifth.
    assert owners(files) == [1, 1, 0, 0, 1, 0]
    assert dict(lineage.born) == {0: 6, 1: 3}
    assert [list(each) for each in (lineage.deaths.owners, lineage.deaths.killers, lineage.deaths.lines)] == [
        [0],
        [1],
        [3],
    ]


def test_a_renamed_file_keeps_its_owners_and_a_deleted_one_dies() -> None:
    lineage = Lineage([[], [0], [1]])
    moved = [Edit(0, B, A, [(1, 1, 1, 1)]), Edit(0, None, A, ())]

    files = files_at_head(lineage, {0: [new(3)], 1: moved, 2: [Edit(0, None, B, ()), new(1)]})

    assert list(files) == [A]
    assert list(zip(lineage.deaths.owners, lineage.deaths.killers, lineage.deaths.lines, strict=True)) == [
        (0, 1, 1),
        (0, 2, 2),
        (1, 2, 1),
    ]


def test_two_files_may_come_from_one() -> None:
    edits = [Edit(0, b"x", A, ()), Edit(0, b"y", A, [(0, 0, 1, 1)]), Edit(0, None, A, ())]

    files = files_at_head(Lineage([[], [0]]), {0: [new(2)], 1: edits})

    assert (owners(files, b"x"), owners(files, b"y")) == ([0, 0], [1, 0, 0])


def test_a_merge_gives_each_line_to_the_first_parent_that_has_it() -> None:
    # 1 changes the first line, 2 the third; the merge has both changes and a line of its own at the end.
    lineage = Lineage([[], [0], [0], [1, 2]])
    edits = {
        0: [new(4)],
        1: [Edit(0, A, A, [(1, 1, 1, 1)])],
        2: [Edit(0, A, A, [(3, 1, 3, 1)])],
        3: [Edit(0, A, A, [(3, 1, 3, 1), (4, 0, 5, 1)]), Edit(1, A, A, [(1, 1, 1, 1), (4, 0, 5, 1)])],
    }

    assert owners(files_at_head(lineage, edits)) == [1, 0, 2, 0, 3]
    assert dict(lineage.born) == {0: 4, 1: 1, 2: 1, 3: 1}


def test_a_merge_takes_whole_files_from_any_parent_and_drops_others() -> None:
    edits = {
        0: [new(1), new(1, B)],
        1: [new(2, b"c")],
        2: [Edit(0, A, A, [(1, 1, 1, 2)])],
        3: [Edit(1, A, A, ()), Edit(0, None, B, ())],
    }

    files = files_at_head(Lineage([[], [0], [0], [1, 2]]), edits)

    assert {path: owners(files, path) for path in files} == {A: [2, 2], b"c": [1, 1]}


def test_lines_of_an_ignored_commit_stay_where_as_many_replace_them() -> None:
    lineage = Lineage([[], [0]], ignored=[1])

    files = files_at_head(lineage, {0: [new(5)], 1: [Edit(0, A, A, [(1, 2, 1, 2), (4, 1, 4, 3)])]})

    assert owners(files) == [0, 0, 0, 1, 1, 1, 0]
    assert lineage.born[1] == 3
    assert list(lineage.deaths.lines) == [1]


def test_a_binary_file_has_no_owners_and_what_follows_it_neither() -> None:
    edits = {0: [new(2)], 1: [Edit(0, A, A, None)], 2: [Edit(0, A, A, [(1, 1, 1, 1)])]}

    assert owners(files_at_head(Lineage([[], [0], [1]]), edits)) is None


def test_files_of_commits_without_children_are_forgotten() -> None:
    lineage = Lineage([[], [0], [0], [2]])
    seen = [(commit, sorted(files)) for commit, files in lineage.replay([(0, [new(1)]), (1, [new(1, B)])])]

    assert seen == [(0, [A]), (1, [A, B]), (2, [A]), (3, [A])]
    assert lineage._files == {}


@pytest.mark.parametrize(
    "edits",
    [
        {0: [new(2)], 1: [Edit(0, A, A, [(3, 1, 3, 1)])]},
        {0: [new(2)], 1: [Edit(0, B, B, [(1, 1, 1, 1)])]},
        {0: [new(2)], 1: [new(1, B)], 2: [Edit(0, A, A, [(9, 1, 9, 0)]), Edit(1, A, A, [(1, 1, 1, 1)])]},
        {0: [new(2)], 2: [Edit(0, A, A, [(1, 1, 1, 0)]), Edit(1, A, A, [(1, 1, 1, 1)])]},
        {5: [new(2)]},
    ],
)
def test_edits_that_do_not_fit_are_refused(edits: dict[int, list[Edit]]) -> None:
    with pytest.raises(ValueError, match=r"hunk|no file|differ in length|out of order"):
        files_at_head(Lineage([[], [0], [1, 0]]), edits)
