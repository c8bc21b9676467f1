"""Files of a commit, their marks and their contents."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from gitinsight.domain.history import TreeFile
from gitinsight.domain.provenance import looks_generated, looks_vendored
from gitinsight.errors import SourceDamaged
from gitinsight.git.attributes import Marks, mark_paths
from gitinsight.git.tree import BlobReader, find_blobs, list_tree
from tests.corpus.cases import loose
from tests.repositories import LINK, SUBMODULE, Repo


def test_a_tree_lists_files_and_links_but_no_submodules(tmp_path: Path) -> None:
    repo = Repo(tmp_path)
    first = repo.commit({"b/x.py": "12345\n", b"a\xff": "", "l": (LINK, "b/x.py")})
    repo.commit({"module": (SUBMODULE, first), ".gitmodules": "[submodule]\n"})

    files = list_tree(repo.git_dir, repo.head())

    assert [(file.path, file.size, file.is_link) for file in files] == [
        (".gitmodules", 12, False),
        ("a\ufffd", 0, False),
        ("b/x.py", 6, False),
        ("l", 6, True),
    ]
    assert files[2] == TreeFile("b/x.py", repo.run("rev-parse", "main:b/x.py"), 6)


def test_attributes_of_the_commit_decide_before_names(tmp_path: Path) -> None:
    repo = Repo(tmp_path)
    old = repo.commit({"vendor/own.py": "1\n", "api.py": "1\n"})
    rules = "api.py linguist-generated\nvendor/own.py -linguist-vendored\n*.x linguist-vendored=true linguist-generated=false\n"
    repo.commit(
        {".gitattributes": rules, "sub/.gitattributes": "dist/** linguist-vendored\n", "sub/dist/a": "1\n"}
    )

    paths = [
        b"api.py",
        b"vendor/own.py",
        b"vendor/other.py",
        b"gone.x",
        b"sub/dist/a",
        b"dist/a",
        b"\xff.x",
        b"../x.x",
    ]
    new_marks = dict(zip(paths, mark_paths(repo.git_dir, repo.head(), paths), strict=True))
    old_marks = dict(zip(paths, mark_paths(repo.git_dir, old, paths), strict=True))

    assert new_marks == {
        b"api.py": Marks(is_vendored=False, is_generated=True),
        b"vendor/own.py": Marks(is_vendored=False, is_generated=False),
        b"vendor/other.py": Marks(is_vendored=True, is_generated=False),
        b"gone.x": Marks(is_vendored=True, is_generated=False),
        b"sub/dist/a": Marks(is_vendored=True, is_generated=True),
        b"dist/a": Marks(is_vendored=False, is_generated=True),
        b"\xff.x": Marks(is_vendored=True, is_generated=False),
        b"../x.x": Marks(is_vendored=False, is_generated=False),
    }
    assert old_marks[b"api.py"] == Marks(is_vendored=False, is_generated=False)
    assert old_marks[b"vendor/own.py"] == Marks(is_vendored=True, is_generated=False)
    assert [file.path for file in list_tree(repo.git_dir, repo.head()) if file.is_generated] == [
        "api.py",
        "sub/dist/a",
    ]
    assert mark_paths(repo.git_dir, old, []) == []


@pytest.mark.parametrize(
    "path",
    [
        "vendor/a.go",
        "src/third_party/x.c",
        "web/node_modules/y/z.js",
        "pip/_vendor/rich.py",
        "static/jquery-3.7.1.js",
    ],
)
def test_third_party_code_is_known_by_its_place(path: str) -> None:
    assert looks_vendored(path)


@pytest.mark.parametrize(
    "path",
    [
        "uv.lock",
        "web/package-lock.json",
        "a/app.min.js",
        "x_pb2.py",
        "x.pb.go",
        "t/__snapshots__/a.snap",
        "dist/a.js",
    ],
)
def test_products_of_programs_are_known_by_their_names(path: str) -> None:
    assert looks_generated(path)


@pytest.mark.parametrize(
    "path", ["vendors.py", "src/vendor.go", "lib/admin.js", "distance/a.py", "locks.py", "d3.js"]
)
def test_own_work_is_left_alone(path: str) -> None:
    assert not looks_vendored(path)
    assert not looks_generated(path)


def test_blobs_come_in_the_order_asked_for(tmp_path: Path) -> None:
    repo = Repo(tmp_path)
    contents = {f"f{number:03}": f"{number}\n" * number for number in range(300)}
    repo.commit(contents)
    files = list_tree(repo.git_dir, repo.head())
    wanted = [file.blob for file in reversed(files)]

    with BlobReader(repo.git_dir) as reader:
        read = list(reader.read_many(wanted))
        again = reader.read(wanted[7])

    assert [blob for blob, _ in read] == wanted
    assert [content.decode() for _, content in read] == list(contents.values())[::-1]
    assert again == read[7][1]


def test_a_blob_over_the_limit_is_cut_and_the_next_one_is_whole(tmp_path: Path) -> None:
    repo = Repo(tmp_path)
    repo.commit({"big": "x" * 5_000_000, "small": "small\n"})
    big, small = (file.blob for file in list_tree(repo.git_dir, repo.head()))

    with BlobReader(repo.git_dir, max_bytes=1_000) as reader:
        read = dict(reader.read_many([big, small]))

    assert read == {big: b"x" * 1_000, small: b"small\n"}


def test_a_missing_blob_is_told_and_the_reader_goes_on(tmp_path: Path) -> None:
    repo = Repo(tmp_path)
    repo.commit({"a": "one\n", "b": "two\n"})
    lost, kept = (file.blob for file in list_tree(repo.git_dir, repo.head()))
    loose(repo, lost).unlink()

    with BlobReader(repo.git_dir) as reader:
        with pytest.raises(SourceDamaged, match=lost):
            list(reader.read_many([lost, kept]))
        assert reader.read(kept) == b"two\n"
    with pytest.raises(SourceDamaged, match=lost):
        list_tree(repo.git_dir, repo.head())


def test_a_corrupt_blob_is_told_and_the_reader_goes_on(tmp_path: Path) -> None:
    repo = Repo(tmp_path)
    repo.commit({"a": "one\n", "b": "two\n"})
    broken, kept = (file.blob for file in list_tree(repo.git_dir, repo.head()))
    loose(repo, broken).chmod(0o644)
    loose(repo, broken).write_bytes(b"nonsense")

    with BlobReader(repo.git_dir) as reader:
        with pytest.raises(SourceDamaged, match=broken):
            reader.read(broken)
        assert reader.read(kept) == b"two\n"


def test_a_blob_that_is_cut_on_disk_is_told_and_the_reader_goes_on(tmp_path: Path) -> None:
    repo = Repo(tmp_path)
    repo.commit({"a": random.Random(1).randbytes(2_000_000), "b": "two\n"})
    broken, kept = (file.blob for file in list_tree(repo.git_dir, repo.head()))
    content = loose(repo, broken).read_bytes()
    loose(repo, broken).chmod(0o644)
    loose(repo, broken).write_bytes(content[: len(content) // 2])

    with BlobReader(repo.git_dir) as reader:
        with pytest.raises(SourceDamaged, match=broken):
            list(reader.read_many([broken, *[kept] * 100]))
        assert reader.read(kept) == b"two\n"


def test_reading_may_stop_in_the_middle(tmp_path: Path) -> None:
    repo = Repo(tmp_path)
    repo.commit({"a": "one\n", "b": "two\n"})
    first, second = (file.blob for file in list_tree(repo.git_dir, repo.head()))

    with BlobReader(repo.git_dir) as reader:
        some = reader.read_many([first, second])
        next(some)
        some.close()
        assert reader.read(second) == b"two\n"


def test_a_commit_that_is_not_there_has_no_tree(tmp_path: Path) -> None:
    repo = Repo(tmp_path)
    with pytest.raises(SourceDamaged, match="1" * 40):
        list_tree(repo.git_dir, "1" * 40)


def test_blobs_are_found_by_commit_and_path_without_listing_trees(tmp_path: Path) -> None:
    repo = Repo(tmp_path)
    first = repo.commit({"src/a b.py": "1\n", "two\nlines": "2\n"})
    second = repo.commit({"src/a b.py": "3\n"})
    old, new = (repo.run("rev-parse", f"{commit}:src/a b.py") for commit in (first, second))

    places = [
        (second, "src/a b.py"),
        (first, "src/a b.py"),
        (first, "src"),
        (first, "gone.py"),
        ("0" * 40, "x"),
    ]

    assert find_blobs(repo.git_dir, places) == [new, old, None, None, None]
    assert find_blobs(repo.git_dir, [(first, "two\nlines"), (first, "src/a b.py")]) == [None, old]
    assert find_blobs(repo.git_dir, []) == []
