"""Ways in which a repository is damaged: what is read of it must be told or right, and never something else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.corpus.cases import loose, write_object
from tests.repositories import Repo

Damage = Callable[[Repo], None]
DAMAGES: dict[str, Damage] = {}
PERSON = "A <a@x> 1700000000 +0000"


def damages(damage: Damage) -> Damage:
    """Add a damage, which is done to what ``packed`` or ``unpacked`` gives."""
    DAMAGES[damage.__name__] = damage
    return damage


def packed(folder: Path) -> Repo:
    """Thirty commits in one pack, most objects stored as differences from others."""
    repo = Repo(folder)
    lines = [f"line {number} with some words of its own\n" for number in range(200)]
    for number in range(30):
        lines[number * 5] = f"changed {number}\n"
        repo.commit({f"src/{number % 3}.txt": "".join(lines[number:]), f"new{number}": f"{number}\n"})
    repo.run("repack", "-a", "-d", "-f", "-q")
    return repo


def pack_of(repo: Repo, suffix: str = ".pack") -> Path:
    """The file of this kind of the only pack, which may be written to."""
    (path,) = (repo.git_dir / "objects" / "pack").glob(f"*{suffix}")
    path.chmod(0o644)
    return path


def flip(path: Path, place: int) -> None:
    """Turn one byte of a file into its opposite."""
    content = bytearray(path.read_bytes())
    content[place] ^= 0xFF
    path.write_bytes(content)


def unpack(repo: Repo) -> None:
    """Give each object a file of its own."""
    content = pack_of(repo).read_bytes()
    for path in (repo.git_dir / "objects" / "pack").iterdir():
        path.unlink()
    repo.run("unpack-objects", "-q", feed=content)


def _lose(repo: Repo, what: str) -> None:
    name = repo.run("rev-parse", what)
    unpack(repo)
    loose(repo, name).unlink()


def _head(repo: Repo, text: str) -> None:
    """A commit object of this text as the newest of main."""
    head = write_object(repo, text.encode())
    (repo.git_dir / "refs" / "heads" / "main").write_text(f"{head}\n")


@damages
def missing_commit(repo: Repo) -> None:
    _lose(repo, "main~7")


@damages
def missing_head(repo: Repo) -> None:
    _lose(repo, "main")


@damages
def missing_tree(repo: Repo) -> None:
    _lose(repo, "main~9^{tree}")


@damages
def missing_folder(repo: Repo) -> None:
    _lose(repo, "main:src")


@damages
def missing_blob(repo: Repo) -> None:
    _lose(repo, "main~12:src/1.txt")


@damages
def pack_cut_in_half(repo: Repo) -> None:
    content = pack_of(repo).read_bytes()
    pack_of(repo).write_bytes(content[: len(content) // 2])


@damages
def pack_cut_at_its_end(repo: Repo) -> None:
    pack_of(repo).write_bytes(pack_of(repo).read_bytes()[:-21])


@damages
def pack_emptied(repo: Repo) -> None:
    pack_of(repo).write_bytes(b"")


@damages
def pack_without_index(repo: Repo) -> None:
    pack_of(repo, ".idx").unlink()


@damages
def index_cut(repo: Repo) -> None:
    content = pack_of(repo, ".idx").read_bytes()
    pack_of(repo, ".idx").write_bytes(content[: len(content) // 2])


@damages
def tree_is_a_blob(repo: Repo) -> None:
    blob = repo.run("rev-parse", "main:new1")
    _head(repo, f"tree {blob}\nparent {repo.head()}\nauthor {PERSON}\ncommitter {PERSON}\n\nx\n")


@damages
def parent_is_a_tree(repo: Repo) -> None:
    tree = repo.run("rev-parse", "main^{tree}")
    _head(repo, f"tree {tree}\nparent {tree}\nauthor {PERSON}\ncommitter {PERSON}\n\nx\n")


@damages
def parent_is_no_id(repo: Repo) -> None:
    tree = repo.run("rev-parse", "main^{tree}")
    _head(repo, f"tree {tree}\nparent main\nauthor {PERSON}\ncommitter {PERSON}\n\nx\n")


@damages
def commit_without_a_tree(repo: Repo) -> None:
    _head(repo, f"parent {repo.head()}\nauthor {PERSON}\ncommitter {PERSON}\n\nx\n")


@damages
def commit_without_anything(repo: Repo) -> None:
    _head(repo, "")


@damages
def tree_cut_short(repo: Repo) -> None:
    tree = write_object(repo, b"100644 a\0" + b"\1" * 7, "tree")
    _head(repo, f"tree {tree}\nparent {repo.head()}\nauthor {PERSON}\ncommitter {PERSON}\n\nx\n")


@damages
def tree_with_an_empty_name(repo: Repo) -> None:
    blob = bytes.fromhex(repo.run("rev-parse", "main:new1"))
    tree = write_object(repo, b"100644 \0" + blob, "tree")
    _head(repo, f"tree {tree}\nparent {repo.head()}\nauthor {PERSON}\ncommitter {PERSON}\n\nx\n")
