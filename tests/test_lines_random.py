"""Random histories of small edits and merges, each line held against ``git blame``."""

from __future__ import annotations

import tempfile
from binascii import crc32
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.blaming import blamed, ours
from tests.repositories import Repo

Tree = dict[str, tuple[str, ...]]

PATHS = ("a", "b", "d/a", "d/b", "e/a")
LINES = st.sampled_from(("{\n", "}\n", "\n", "x = 1\n", "y = 2\n", "return x\n", "z\r\n", "last", "\0\n"))
MODES = (*["100644"] * 10, "100755", "120000")


@st.composite
def trees(draw: st.DrawFn, parents: list[Tree]) -> Tree:
    """What a commit with these parents holds: of each file some parent's version, then a few edits."""
    tree: Tree = {}
    for path in sorted({path for parent in parents for path in parent}):
        version = draw(st.sampled_from(parents)).get(path)
        if version is not None:
            tree[path] = version
    for _ in range(draw(st.integers(0 if len(parents) > 1 else 1, 3))):
        draw(st.sampled_from((_insert, _insert, _remove, _replace, _move, _copy, _create, _blend)))(
            draw, tree, parents
        )
    return tree


def _insert(draw: st.DrawFn, tree: Tree, parents: list[Tree]) -> None:
    if tree:
        path = draw(st.sampled_from(sorted(tree)))
        at = draw(st.integers(0, len(tree[path])))
        new = draw(st.lists(LINES, min_size=1, max_size=3))
        tree[path] = (*tree[path][:at], *new, *tree[path][at:])


def _remove(draw: st.DrawFn, tree: Tree, parents: list[Tree]) -> None:
    if tree:
        path = draw(st.sampled_from(sorted(tree)))
        start, end = sorted(draw(st.tuples(*[st.integers(0, len(tree[path]))] * 2)))
        tree[path] = (*tree[path][:start], *tree[path][end:])


def _replace(draw: st.DrawFn, tree: Tree, parents: list[Tree]) -> None:
    _remove(draw, tree, parents)
    _insert(draw, tree, parents)


def _move(draw: st.DrawFn, tree: Tree, parents: list[Tree]) -> None:
    if tree:
        tree[draw(st.sampled_from(PATHS))] = tree.pop(draw(st.sampled_from(sorted(tree))))


def _copy(draw: st.DrawFn, tree: Tree, parents: list[Tree]) -> None:
    if tree:
        tree[draw(st.sampled_from(PATHS))] = tree[draw(st.sampled_from(sorted(tree)))]


def _create(draw: st.DrawFn, tree: Tree, parents: list[Tree]) -> None:
    tree[draw(st.sampled_from(PATHS))] = tuple(draw(st.lists(LINES, max_size=8)))


def _blend(draw: st.DrawFn, tree: Tree, parents: list[Tree]) -> None:
    """Half of one parent's version on top of half of another's."""
    versions = [version for parent in parents for version in parent.values()]
    if len(versions) > 1:
        upper, lower = draw(st.tuples(*[st.sampled_from(versions)] * 2))
        tree[draw(st.sampled_from(PATHS))] = (*upper[: len(upper) // 2], *lower[len(lower) // 2 :])


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[list[int], Tree, int]]:
    """Commits oldest first: the places of their parents, their tree, and a time that may run backwards."""
    commits: list[tuple[list[int], Tree, int]] = []
    for place in range(draw(st.integers(2, 14))):
        older = range(max(0, place - 5), place)
        parents = draw(st.lists(st.sampled_from(older), max_size=3, unique=True)) if older else []
        if not parents and older and draw(st.booleans()):
            parents = [place - 1]
        tree = draw(trees([commits[parent][1] for parent in parents] or [{}]))
        commits.append((parents, tree, draw(st.integers(0, 20))))
    return commits


def written(repo: Repo, commits: list[tuple[list[int], Tree, int]]) -> str:
    """The id of a commit on top of all these; whole trees are written by one process."""
    tips = set(range(len(commits))) - {parent for parents, *_ in commits for parent in parents}
    last = max(tips)
    joined = [*commits, ([last, *sorted(tips - {last})], commits[last][1], 30)]
    out = []
    for place, (parents, tree, day) in enumerate(joined):
        out.append(f"reset refs/heads/main\n\ncommit refs/heads/main\nmark :{place + 1}\n")
        out.append(f"committer A <a@example.com> {1_700_000_000 + day * 86_400} +0000\ndata 0\n")
        out += [f"{'merge' if at else 'from'} :{parent + 1}\n" for at, parent in enumerate(parents)]
        out.append("deleteall\n")
        for path, lines in tree.items():
            text = "".join(lines)
            mode = MODES[crc32(f"{day} {place // 2} {path}".encode()) % len(MODES)]
            out.append(f"M {mode} inline {path}\ndata {len(text)}\n{text}\n")
    repo.run_bytes("fast-import", "--quiet", "--force", feed="".join(out).encode())
    return repo.head()


@given(histories())
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_each_line_of_a_random_history_has_the_commit_that_blame_names(
    commits: list[tuple[list[int], Tree, int]],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        repo = Repo(Path(folder))
        head = written(repo, commits)

        assert ours(repo.git_dir, head) == blamed(repo.git_dir, head)
