"""Which language a file is written in, and whether it holds tests.

A file's name decides where it can: whole names first, then the longest extension. Only a file that
has neither is looked into, for the interpreter in its first line.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

from gitinsight_quality.catalog import LANGUAGES

SHEBANG_BYTES = 200

_BY_EXTENSION = {extension: row.name for row in LANGUAGES for extension in row.extensions}
_BY_FILENAME = {filename: row.name for row in LANGUAGES for filename in row.filenames}
_BY_INTERPRETER = {interpreter: row.name for row in LANGUAGES for interpreter in row.interpreters}

_SHEBANG = re.compile(rb"#!\s*(?:\S*/)?(\S+)(?:\s+(?:-\S+\s+|\w+=\S*\s+)*(?:\S*/)?([\w.+-]+))?")
_VERSION = re.compile(r"[\d.]+$")
_TEST_FOLDERS = frozenset(
    {"test", "tests", "testing", "__tests__", "spec", "specs", "testdata", "fuzz", "regress"}
)
_TEST_NAME = re.compile(
    r"^(?:test_.*|tests?|conftest|.*_tests?|.*[-.](?:test|spec)|.*_spec|.*[a-z0-9]Tests?|Test[A-Z].*)\.\w+$"
)


def language_of(path: str) -> str:
    """The language that a file's name tells, or the empty string."""
    name = path.rsplit("/", 1)[-1].lower()
    if found := _BY_FILENAME.get(name):
        return found
    if name.startswith("dockerfile."):
        return "Dockerfile"
    return _BY_EXTENSION.get(_extension(name), "")


def languages_of(paths: Sequence[str]) -> Mapping[str, str]:
    """The language of each path that tells one.

    A ``.h`` file says C and C++ alike: it is C++ where the repository has more C++ sources than C.
    """
    found = {path: language for path in paths if (language := language_of(path))}
    sources = Counter(found[path] for path in found if not path.lower().endswith(".h"))
    if sources["C++"] > sources["C"]:
        found.update((path, "C++") for path in found if path.lower().endswith(".h"))
    return found


def may_be_script(path: str) -> bool:
    """Whether only the first line can tell what a file is: its name has no extension."""
    return not _extension(path.rsplit("/", 1)[-1])


def language_of_script(content: bytes) -> str:
    """The language of the interpreter that a first line ``#!...`` names, or the empty string."""
    line = content[:SHEBANG_BYTES].split(b"\n", 1)[0]
    found = _SHEBANG.match(line)
    if not found:
        return ""
    program, argument = (part.decode("ascii", "replace") for part in found.groups(b""))
    name = (argument if program == "env" else program).lower()
    return _BY_INTERPRETER.get(name) or _BY_INTERPRETER.get(_VERSION.sub("", name), "")


def is_test(path: str) -> bool:
    """Whether a file's place or name says that it holds tests."""
    *folders, name = path.split("/")
    return any(folder.lower() in _TEST_FOLDERS for folder in folders) or bool(_TEST_NAME.match(name))


def _extension(name: str) -> str:
    return PurePosixPath(name).suffix or (name if name.startswith(".") else "")
