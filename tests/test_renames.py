"""Files followed through renames over a history that branches."""

from __future__ import annotations

from gitinsight.domain.renames import fold_renames

LINE = [[], [0], [1], [2], [3]]


def test_a_chain_of_renames_is_one_file() -> None:
    rows = [(0, "a", None), (1, "b", "a"), (2, "c", "b"), (3, "c", None), (3, "d", None)]

    folded = fold_renames(rows, LINE)

    assert folded.ids == [0, 0, 0, 0, 1]
    assert folded.names == ["c", "d"]


def test_a_new_file_under_an_old_name_is_another_file() -> None:
    rows = [(0, "a", None), (1, "b", "a"), (2, "a", None), (3, "b", None), (4, "a", None)]

    folded = fold_renames(rows, LINE)

    assert folded.ids == [0, 0, 1, 0, 1]
    assert folded.names == ["b", "a"]


def test_a_branch_that_has_not_seen_the_rename_still_changes_the_same_file() -> None:
    # 0 - 1 (rename) - 3 (merge) - 4 (a new file)
    #  \- 2 (change) /
    parents = [[], [0], [0], [1, 2], [3]]
    rows = [(0, "a", None), (1, "b", "a"), (2, "a", None), (4, "a", None)]

    folded = fold_renames(rows, parents)

    assert folded.ids == [0, 0, 0, 1]
    assert folded.names == ["b", "a"]


def test_a_rename_and_back_is_one_file() -> None:
    rows = [(0, "a", None), (1, "b", "a"), (2, "a", "b"), (3, "a", None), (4, "b", None)]

    folded = fold_renames(rows, LINE)

    assert folded.ids == [0, 0, 0, 0, 1]
    assert folded.names == ["a", "b"]


def test_the_same_rename_on_two_branches_is_one_file() -> None:
    parents = [[], [0], [0], [1, 2], [3]]
    rows = [(0, "a", None), (1, "b", "a"), (2, "b", "a"), (4, "b", None)]
    assert fold_renames(rows, parents).ids == [0, 0, 0, 0]


def test_of_two_new_names_the_one_at_head_is_the_newest() -> None:
    parents = [[], [0], [0], [1, 2]]
    rows = [(0, "a", None), (1, "b", "a"), (2, "c", "a")]

    assert fold_renames(rows, parents, alive={"b"}).names == ["b"]
    assert fold_renames(rows, parents).names == ["c"]


def test_a_deleted_path_that_comes_again_is_the_same_file() -> None:
    assert fold_renames([(0, "a", None), (1, "a", None), (3, "a", None)], LINE).ids == [0, 0, 0]


def test_no_rows_give_no_files() -> None:
    folded = fold_renames([], [[]])
    assert (folded.ids, folded.names) == ([], [])
