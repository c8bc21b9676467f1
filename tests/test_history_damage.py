"""What is read of damaged repositories: an error that names the damage, and never other rows."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from pathlib import Path

import polars as pl
import pytest

from gitinsight.errors import SourceDamaged, SourceError
from gitinsight.git.log import reachable, read_commits
from gitinsight.git.mirror import Mirror
from tests.comparison import RULES, Row, analyze, local, our_rows
from tests.corpus import DAMAGES, flip, pack_of, packed
from tests.repositories import Repo


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    return packed(tmp_path_factory.mktemp("whole"))


@pytest.fixture
def copy(tmp_path: Path, whole: Repo) -> Repo:
    """A repository to be damaged."""
    repo = Repo(tmp_path)
    shutil.rmtree(repo.git_dir)
    shutil.copytree(whole.git_dir, repo.git_dir)
    return repo


def read_all(git_dir: Path, head: str) -> tuple[list[str], pl.DataFrame, list[Row]]:
    commits = reachable(git_dir, head)
    return commits, read_commits(git_dir, commits), our_rows(git_dir, commits)


@pytest.mark.parametrize("name", DAMAGES)
def test_damage_is_told_by_name(copy: Repo, name: str) -> None:
    DAMAGES[name](copy)
    tip = copy.git_dir / "refs" / "heads" / "main"

    with pytest.raises(SourceDamaged, match=r"object|commit") as told:
        read_all(copy.git_dir, tip.read_text().strip())

    assert told.value.details["object"] or told.value.details["commit"]


@pytest.mark.parametrize("name", ["missing_tree", "pack_cut_in_half", "parent_is_a_tree", "tree_is_a_blob"])
def test_a_damaged_source_leaves_no_mirror(copy: Repo, tmp_path: Path, name: str) -> None:
    DAMAGES[name](copy)
    mirror = Mirror(tmp_path / "mirror.git")

    with pytest.raises(SourceError, match=r"Git could not read|git fsck"):
        mirror.refresh(local(copy), RULES)

    assert not mirror.path.exists()


@pytest.mark.parametrize("suffix", [".pack", ".idx"])
def test_a_flipped_byte_anywhere_is_told_or_does_not_matter(copy: Repo, whole: Repo, suffix: str) -> None:
    head = whole.head()
    commits, headers, rows = read_all(whole.git_dir, head)
    sound = pack_of(copy, suffix).read_bytes()
    told = 0
    for place in range(7, len(sound), len(sound) // 16):
        flip(pack_of(copy, suffix), place)
        try:
            found = read_all(copy.git_dir, head)
        except SourceDamaged:
            told += 1
        else:
            assert (found[0], found[2]) == (commits, rows)
            assert found[1].equals(headers)
        pack_of(copy, suffix).write_bytes(sound)
    assert told


@pytest.mark.parametrize("name", ["pack_cut_in_half", "tree_is_a_blob"])
def test_a_damaged_repository_is_refused_in_one_line(
    tmp_path: Path, copy: Repo, clean_environment: Mapping[str, str], name: str
) -> None:
    DAMAGES[name](copy)

    ended = analyze(tmp_path / "home", copy, clean_environment)

    assert (ended.returncode, ended.stdout) == (2, "")
    assert re.fullmatch(r"gitinsight: [^\n]+\n", ended.stderr)
