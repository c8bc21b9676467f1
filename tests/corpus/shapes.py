"""Shapes of history and of changes: merges, roots, submodules, kinds of files, renames."""

from __future__ import annotations

from pathlib import Path

from tests.corpus.cases import TEXT, exact, write_object
from tests.repositories import EXECUTABLE, LINK, SUBMODULE, Content, Repo

SOMEWHERE = {"sha1": ("1" * 40, "2" * 40), "sha256": ("1" * 64, "2" * 64)}


@exact
def octopus(folder: Path, form: str) -> Repo:
    """A merge of 66 parents, and merges of roots, of a commit with itself, and of a twin."""
    repo = Repo(folder, object_format=form)
    base = repo.commit({"base": TEXT})
    sides = [repo.commit({f"side{n}": TEXT}, branch=f"side{n}", parents=[base]) for n in range(65)]
    repo.commit({f"side{n}": TEXT for n in range(65)} | {"evil": "x\n"}, parents=[base, *sides])
    orphan = repo.commit({"base": TEXT + "other\n"}, branch="orphan", parents=[])
    merged = repo.commit({"base": TEXT + "both\n"}, parents=[repo.head(), orphan])
    tree = repo.run("rev-parse", "main^{tree}")
    person = "A <a@x> 1700000000 +0000"
    for parents in ([merged, merged], [orphan, merged, orphan]):
        lines = "".join(f"parent {parent}\n" for parent in parents)
        text = f"tree {tree}\n{lines}author {person}\ncommitter {person}\n\nTwice\n"
        repo.run("update-ref", "refs/heads/main", write_object(repo, text.encode()))
        repo.commit({f"after {len(parents)}": "x\n"})
    return repo


@exact
def nothing_changed(folder: Path, form: str) -> Repo:
    """A root without files, commits without changes, a commit that deletes all, and roots of other histories."""
    repo = Repo(folder, object_format=form)
    repo.commit({}, "An empty root")
    repo.commit({}, "")
    repo.commit({"a": TEXT, "empty": ""})
    repo.commit({}, "Nothing")
    repo.commit({"a": None, "empty": None}, "All gone")
    repo.commit({"a": TEXT, "other": ""}, "Back again")
    roots = [repo.commit(files, branch=f"r{len(files)}", parents=[]) for files in ({}, {"a": "1\n"})]
    repo.commit({}, parents=[repo.head(), *roots])
    repo.commit({"a": None, "b": TEXT, "other": None, "another": ""})
    return repo


@exact
def submodules(folder: Path, form: str) -> Repo:
    """Links to other repositories' commits come, move on, change their place and kind, and go."""
    repo = Repo(folder, object_format=form)
    first, second = SOMEWHERE[form]
    modules = '[submodule "m"]\n\tpath = m\n\turl = https://example.org/m\n'
    repo.commit({"m": (SUBMODULE, first), ".gitmodules": modules, "file": TEXT})
    repo.commit({"m": (SUBMODULE, second)})
    repo.commit({"m": None, b"moved \xff": (SUBMODULE, second)})
    repo.commit({b"moved \xff": (SUBMODULE, first), "file": (SUBMODULE, second)})
    repo.commit({"file": TEXT, b"moved \xff": (LINK, "file")})
    repo.commit({"file": None, "file/inside": (SUBMODULE, first), ".gitmodules": None})
    repo.commit({"file/inside": None, "file": "now a file\n"})
    return repo


@exact
def kinds(folder: Path, form: str) -> Repo:
    """Links, modes and folders that turn into each other."""
    repo = Repo(folder, object_format=form)
    repo.commit({"file": TEXT, "link": (LINK, "file"), "run": "#!/bin/sh\n", "d/a": TEXT, "d/b": "b\n"})
    repo.commit({"run": (EXECUTABLE, "#!/bin/sh\n")}, "A mode alone")
    repo.commit({"run": (EXECUTABLE, "#!/bin/sh\necho\n"), "file": (EXECUTABLE, TEXT + "x\n")})
    repo.commit({"link": (LINK, "d/a")}, "Another target")
    repo.commit({"file": (LINK, "d/b"), "link": TEXT}, "Change places")
    repo.commit({"d/a": None, "d/b": None, "d": TEXT}, "A folder becomes a file")
    repo.commit({"d": None, "d/e/f": TEXT, "d/g": (LINK, "x")}, "A file becomes a folder")
    repo.commit({"d/e/f": None, "d/e": (LINK, "g")}, "A folder becomes a link")
    repo.commit({"link": None, "moved": (LINK, TEXT), "run": None, "tool": "#!/bin/sh\necho\n"})
    return repo


@exact
def renames(folder: Path, form: str) -> Repo:
    """Edits on the way, chains, swaps, cases, rivals, and the border of what git takes for a rename."""
    repo = Repo(folder, object_format=form)
    lines = TEXT.splitlines(keepends=True)
    other = TEXT.replace("line", "row")
    repo.commit(
        {
            "a": TEXT,
            "b": other,
            "Case": TEXT + "c\n",
            "bin": b"\0\1\2\3" * 500,
            "empty": "",
            "dir/x": other + "x\n",
        }
    )
    repo.commit({"a": None, "a1": TEXT + "1\n"}, "A chain")
    repo.commit({"a1": None, "a2": TEXT + "1\n2\n"})
    repo.commit({"a2": None, "a": TEXT})
    repo.commit({"a": other, "b": TEXT}, "A swap")
    repo.commit({"Case": None, "case": TEXT + "c\n"}, "Only the case")
    repo.commit(
        {
            "case": None,
            "CASE": TEXT + "c\nd\n",
            "bin": None,
            "nib": b"\0\1\2\3" * 499,
            "empty": None,
            "void": "",
        }
    )
    repo.commit({"a": None, "x/a": other, "y/a": other, "dir/x": None, "rid/x": other + "x\ny\n"}, "Rivals")
    repo.commit({"x/a": None, "y/a": None, "a": other, "b": None, "b2": "".join(lines[:20])}, "Half of it")
    repo.commit({"b2": None, "b3": "".join(lines[:9])}, "Less than half")
    repo.commit({"a": None, "c": other + "z\n", "b3": "short\n"}, "And a change beside it")
    repo.commit({"c": None, "b3": None, "b3/c": other})
    return repo


@exact
def many_renames(folder: Path, form: str) -> Repo:
    """More renames with edits in one commit than git compares in pairs, and a few in the next."""
    repo = Repo(folder, object_format=form)
    texts = {f"{n}": "".join(f"{n} {line}\n" for line in range(8)) for n in range(1_100)}
    repo.commit({f"old/{name}.txt": text for name, text in texts.items()})
    gone: dict[str, Content] = {f"old/{name}.txt": None for name in texts}
    repo.commit(gone | {f"new/n{name}.txt": text + "x\n" for name, text in texts.items()})
    some: dict[str, Content] = {f"new/n{n}.txt": None for n in range(40)}
    repo.commit(some | {f"end/{n}.txt": texts[f"{n}"] + "y\n" for n in range(40)})
    return repo
