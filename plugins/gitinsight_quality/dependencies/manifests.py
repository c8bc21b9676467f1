"""Finding the manifests of a commit, and reading each with the lock file that stands nearest above it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any
from xml.etree.ElementTree import ParseError

from gitinsight.plugin import History, TreeFile
from gitinsight_quality.dependencies import javascript, others, python
from gitinsight_quality.dependencies.model import (
    Dependency,
    Ecosystem,
    Format,
    Locked,
    Malformed,
    Parse,
    ParseLock,
)
from gitinsight_quality.detection import is_test

MAX_MANIFESTS = 300
MAX_BYTES = 1_000_000
MAX_LOCK_BYTES = 20_000_000
_LONGEST = 200
"""Characters of a name or a requirement that are kept."""


def _format(pattern: str, ecosystem: Ecosystem, parse: Parse, *locks: str, folder: str = "") -> Format:
    return Format(re.compile(pattern, re.IGNORECASE), ecosystem, parse, locks, folder)


_PYTHON_LOCKS = ("uv.lock", "poetry.lock", "pdm.lock")
_NPM_LOCKS = ("package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml")
_DEVELOPERS = "(?:dev|tests?|docs?|lint|ci)"
FORMATS = (
    _format("pyproject.toml", Ecosystem.PYTHON, python.pyproject, *_PYTHON_LOCKS),
    _format("setup.cfg", Ecosystem.PYTHON, python.setup_cfg, *_PYTHON_LOCKS),
    _format("setup.py", Ecosystem.PYTHON, python.setup_py, *_PYTHON_LOCKS),
    _format("Pipfile", Ecosystem.PYTHON, python.pipfile, "Pipfile.lock"),
    _format(
        rf"(?:{_DEVELOPERS}[\w-]*requirements|requirements[-_.]?(?:\w*[-_])?{_DEVELOPERS}[\w-]*)\.txt",
        Ecosystem.PYTHON,
        python.developers_requirements,
    ),
    _format(r"[\w-]*requirements[\w.-]*\.txt", Ecosystem.PYTHON, python.requirements),
    _format(
        rf"{_DEVELOPERS}[\w-]*\.txt",
        Ecosystem.PYTHON,
        python.developers_requirements,
        folder="requirements",
    ),
    _format(r"[\w.-]+\.txt", Ecosystem.PYTHON, python.requirements, folder="requirements"),
    _format("package.json", Ecosystem.JAVASCRIPT, javascript.package_json, *_NPM_LOCKS),
    _format("go.mod", Ecosystem.GO, others.go_mod),
    _format("Cargo.toml", Ecosystem.RUST, others.cargo_toml, "Cargo.lock"),
    _format(r"Gemfile|gems\.rb|[\w.-]+\.gemspec", Ecosystem.RUBY, others.gems, "Gemfile.lock"),
    _format("composer.json", Ecosystem.PHP, others.composer_json, "composer.lock"),
    _format("pom.xml", Ecosystem.JAVA, others.pom),
    _format(r"build\.gradle(?:\.kts)?", Ecosystem.JAVA, others.gradle),
    _format(r"[\w.-]+\.(?:cs|fs|vb)proj|Directory\.Packages\.props", Ecosystem.DOTNET, others.dotnet),
)
LOCKS: Mapping[str, ParseLock] = {
    "uv.lock": python.toml_lock,
    "poetry.lock": python.toml_lock,
    "pdm.lock": python.toml_lock,
    "Pipfile.lock": python.pipfile_lock,
    "package-lock.json": javascript.package_lock,
    "npm-shrinkwrap.json": javascript.package_lock,
    "yarn.lock": javascript.yarn_lock,
    "pnpm-lock.yaml": javascript.pnpm_lock,
    "Cargo.lock": others.cargo_lock,
    "Gemfile.lock": others.gem_lock,
    "composer.lock": others.composer_lock,
}
_CONSTRAINTS = re.compile(r"constraints[\w.-]*\.txt")


@dataclass(frozen=True, slots=True)
class Manifest:
    """A manifest and what it names directly; ``problem`` says why that could not be read."""

    path: str
    blob: str
    ecosystem: Ecosystem
    dependencies: Sequence[Dependency] = ()
    provides: str = ""
    problem: str = ""


def manifests_of(history: History) -> Sequence[Manifest]:
    """The manifests at head, by path; vendored ones and those of tests are no dependencies of the project."""
    files = [
        file
        for file in history.files()
        if not (file.is_link or file.is_vendored or _is_for_a_test(file.path))
    ]
    locks = {file.path: file for file in files if _name(file.path) in LOCKS}
    found = [(file, form) for file in files if not file.is_generated and (form := _format_of(file.path))]
    manifests = [_manifest(history, file, form, locks) for file, form in found[:MAX_MANIFESTS]]
    own = {(one.ecosystem, one.provides) for one in manifests}
    return [kept for one in manifests if (kept := _of_others(one, own)).dependencies or kept.problem]


def _of_others(manifest: Manifest, own: Set[tuple[Ecosystem, str]]) -> Manifest:
    """The manifest without the packages that the repository provides itself."""
    others = [one for one in manifest.dependencies if (manifest.ecosystem, one.name) not in own]
    return replace(manifest, dependencies=others)


def _is_for_a_test(path: str) -> bool:
    """Whether it stands in a folder of tests; a name such as test.txt says only whom the packages are for."""
    return is_test(str(PurePosixPath(path).with_name("_")))


def _format_of(path: str) -> Format | None:
    if _CONSTRAINTS.fullmatch(_name(path)):
        return None
    return next((form for form in FORMATS if form.fits(path)), None)


def _manifest(history: History, file: TreeFile, form: Format, locks: Mapping[str, TreeFile]) -> Manifest:
    if file.size > MAX_BYTES:
        return Manifest(file.path, file.blob, form.ecosystem, problem="it is over 1 MB")
    # The parser's name keeps apart what two formats make of the same bytes.
    told = history.cached(file.blob, f"manifest {form.parse.__name__}", reader(form.parse))
    if isinstance(told, str):
        return Manifest(file.path, file.blob, form.ecosystem, problem=told)
    rows, provides = told
    locked = _locked(history, file.path, form, locks)
    dependencies = [_with_version(Dependency(*row), locked) for row in rows]
    return Manifest(file.path, file.blob, form.ecosystem, dependencies, provides)


def _with_version(dependency: Dependency, locked: Locked) -> Dependency:
    version = dependency.version or locked.get(f"{dependency.name}@{dependency.requirement}", "")
    return dependency._replace(version=version or locked.get(dependency.name, ""))


def _locked(history: History, path: str, form: Format, locks: Mapping[str, TreeFile]) -> Locked:
    for folder in PurePosixPath(path).parents:
        for name in form.locks:
            file = locks.get(str(folder / name))
            if file and file.size <= MAX_LOCK_BYTES:
                told = history.cached(file.blob, f"lock {name}", reader(LOCKS[name]))
                return told if isinstance(told, dict) else {}
    return {}


def reader(parse: Callable[[str], Any]) -> Callable[[bytes], Any]:
    """What reads a file's bytes: plain JSON, or a sentence on why it cannot be read."""

    def read(content: bytes) -> Any:
        try:
            found = parse(content.decode("utf-8-sig"))
        except Malformed as error:
            return str(error)
        except UnicodeDecodeError:
            return "it is no UTF-8 text"
        except (ValueError, SyntaxError, ParseError, RecursionError, MemoryError, AttributeError, TypeError):
            return "it does not follow its format"
        if isinstance(found, dict):
            return {_cut(name): _cut(version) for name, version in found.items() if version}
        rows = [[_cut(part) for part in row] for row in found.dependencies if row.name]
        return [rows, _cut(found.provides)]

    return read


def _cut(text: str) -> str:
    return str(text)[:_LONGEST]


def _name(path: str) -> str:
    return path.rpartition("/")[2]


def direct(manifests: Sequence[Manifest]) -> Iterator[tuple[Manifest, Dependency]]:
    """Each manifest's packages, one row a package of a manifest; the first that names a version stands for it."""
    for manifest in manifests:
        rows: dict[str, Dependency] = {}
        for dependency in manifest.dependencies:
            known = rows.get(dependency.name)
            if known is None or (dependency.version and not known.version):
                rows[dependency.name] = dependency
        for dependency in rows.values():
            yield manifest, dependency
