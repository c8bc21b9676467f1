"""Small real git repositories for tests: bare, deterministic, one git process a commit."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

ANN = "Ann Archer <ann@example.com>"
BOB = "Bob Baker <bob@example.com>"
LINK = "120000"
EXECUTABLE = "100755"
SUBMODULE = "160000"

Content = str | bytes | tuple[str, str | bytes] | None
_FIRST_DAY = datetime(2024, 1, 1, 12, tzinfo=UTC)
_ENVIRONMENT = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_AUTHOR_NAME": "Ann Archer",
    "GIT_AUTHOR_EMAIL": "ann@example.com",
    "GIT_COMMITTER_NAME": "Ann Archer",
    "GIT_COMMITTER_EMAIL": "ann@example.com",
    "GIT_AUTHOR_DATE": "2024-06-01T12:00:00+0000",
    "GIT_COMMITTER_DATE": "2024-06-01T12:00:00+0000",
    "LC_ALL": "C",
}


class Repo:
    """A bare repository under ``tmp_path``; without dates, each commit is a day after the one before."""

    def __init__(self, tmp_path: Path, name: str = "repo.git", object_format: str = "sha1") -> None:
        self.git_dir = tmp_path / name
        self._commits = 0
        subprocess.run(
            ["git", "init", "-q", "--bare", "-b", "main", f"--object-format={object_format}", self.git_dir],
            env=os.environ | _ENVIRONMENT,
            check=True,
        )

    def run(self, *arguments: str, feed: bytes = b"") -> str:
        """What git prints, without the last newline; CalledProcessError where git fails."""
        return os.fsdecode(self.run_bytes(*arguments, feed=feed)).removesuffix("\n")

    def run_bytes(self, *arguments: str, feed: bytes = b"") -> bytes:
        """What git prints, as it is."""
        command = ["git", f"--git-dir={self.git_dir}", *arguments]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        return subprocess.run(
            command, env=environment | _ENVIRONMENT, input=feed, capture_output=True, check=True
        ).stdout

    def commit(
        self,
        files: Mapping[Any, Content] | None = None,
        message: str | bytes = "Change something",
        author: str | bytes = ANN,
        date: str | int | None = None,
        *,
        committer: str | bytes | None = None,
        committed: str | int | None = None,
        branch: str = "main",
        parents: Sequence[str] | None = None,
        encoding: str | None = None,
    ) -> str:
        """Commit changed files on top of the branch and return the commit's id.

        A file's value is its content, None to delete it, or ``(mode, content)`` with LINK, EXECUTABLE
        or SUBMODULE (whose content is a commit id). Dates are ISO 8601 with an offset, or epoch
        seconds in UTC. ``parents`` other than the branch's tip make merges; an empty list makes a root.
        """
        when = _date(date if date is not None else self._next_day())
        author_line, committer_line = _bytes(author), _bytes(committer if committer is not None else author)
        out = [f"commit refs/heads/{branch}".encode()]
        out.append(b"author " + author_line + b" " + when)
        out.append(b"committer " + committer_line + b" " + (when if committed is None else _date(committed)))
        if encoding is not None:
            out.append(f"encoding {encoding}".encode())
        text = _bytes(message)
        out.append(b"data %d\n%s" % (len(text), text))
        tip = self._tip(branch)
        chosen = ([tip] if tip else []) if parents is None else list(parents)
        if chosen:
            out += [f"from {chosen[0]}".encode(), *(f"merge {other}".encode() for other in chosen[1:])]
        out += [_change(path, content) for path, content in (files or {}).items()]
        prelude = b"" if chosen or not tip else f"reset refs/heads/{branch}\n\n".encode()
        self.run_bytes("fast-import", "--quiet", "--force", feed=prelude + b"\n".join(out) + b"\n")
        return self._tip(branch)

    def head(self) -> str:
        """The id of the newest commit on ``main``."""
        return self._tip("main")

    def tag(self, name: str, commit: str, message: str | None = None, date: str = "") -> None:
        """Tag a commit, with a message as an annotated tag of the given time."""
        if message is None:
            self.run("tag", name, commit)
            return
        seconds = _date(date or self._next_day()).decode()
        text = f"object {commit}\ntype commit\ntag {name}\ntagger {ANN} {seconds}\n\n{message}\n"
        tag = self.run("mktag", feed=text.encode())
        self.run("update-ref", f"refs/tags/{name}", tag)

    def _tip(self, branch: str) -> str:
        return self.run("for-each-ref", "--format=%(objectname)", f"refs/heads/{branch}")

    def _next_day(self) -> str:
        self._commits += 1
        return (_FIRST_DAY + timedelta(days=self._commits - 1)).isoformat()


def demo(tmp_path: Path) -> Repo:
    """Seven commits, six files, one rename and one person with two addresses; many numbers are known of it."""
    repo = Repo(tmp_path, "demo.git")
    body = "def f{}(x):\n    if x:\n        return 1\n    return 2\n"
    files = {f"m{i}.py": body.format(i) for i in range(1, 7)}
    repo.commit(files, "feat: init\n", "Ann <ann@a.io>", "2020-01-01T12:00:00+00:00")
    for i in (1, 2, 3):
        for name in ("m1.py", "m2.py"):
            files[name] += f"# b{i}\n"
        changed = {name: files[name] for name in ("m1.py", "m2.py")}
        repo.commit(changed, f"fix: b{i}\n", "Bob <bob@b.io>", f"2020-0{i + 1}-01T12:00:00+00:00")
    for i in (1, 2):
        files["m3.py"] += f"def g{i}(): pass\n"
        repo.commit(
            {"m3.py": files["m3.py"]}, f"chore: c{i}\n", "Cy <cy@c.io>", f"2020-0{i + 6}-01T12:00:00+00:00"
        )
    moved: dict[str, Content] = {"m4.py": None, "pkg4.py": files["m4.py"]}
    repo.commit(moved, "refactor: move\n", "Ann <ann@alt.io>", "2020-10-01T12:00:00+00:00")
    return repo


def _bytes(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode()


def _date(date: str | int) -> bytes:
    if isinstance(date, int):
        return b"%d +0000" % date
    moment = datetime.fromisoformat(date)
    return f"{int(moment.timestamp())} {moment:%z}".encode()


def _change(path: str | bytes, content: Content) -> bytes:
    name = b'"' + b"".join(_quoted(byte) for byte in _bytes(path)) + b'"'
    if content is None:
        return b"D " + name
    mode, text = content if isinstance(content, tuple) else ("100644", content)
    if mode == SUBMODULE:
        return b"M 160000 " + _bytes(text) + b" " + name
    blob = _bytes(text)
    return b"M %s inline %s\ndata %d\n%s" % (mode.encode(), name, len(blob), blob)


def _quoted(byte: int) -> bytes:
    return bytes([byte]) if 32 <= byte < 127 and byte not in b'"\\' else b"\\%03o" % byte
